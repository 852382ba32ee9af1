extends "../support/meddling_test.gd"
## Our peers, used from within the poll that reports why a handshake failed.


func parameters() -> Array:
	return super().slice(0, 1)


func test_another_handshake_can_be_started_while_one_reports_its_failure() -> void:
	expect_error("self-signed certificate")
	var link := start(need(Credentials.stranger()))
	var others: Array[Link] = []
	var meddler := start_meddling(func() -> void: others.append(start(need(Credentials.p256()))))
	link.poll_until(link.client_ended)
	end_meddling(meddler)
	assert_true(not others.is_empty(), "nobody meddled")
	for other in others:
		assert_true(other.poll_until(other.is_established), "no connection")


func test_a_client_can_try_again_while_its_failure_is_reported() -> void:
	expect_error("self-signed certificate")
	var link := start(need(Credentials.stranger()))
	var options: RefCounted = side.client_options(need(Credentials.p256()).certificate)
	var meddler := start_meddling(func() -> void: link.connect_client("localhost", options))
	link.poll_until(func() -> bool: return meddler.count > 0)
	end_meddling(meddler)
	assert_true(await until(func() -> bool:
		link.poll()
		return link.is_established()), "no connection")
