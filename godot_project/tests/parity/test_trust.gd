extends "../support/trust_test.gd"
## Which certificates a client accepts: validity, issuer and the ways to trust less.


func test_a_trusted_certificate_with_the_right_name_is_accepted() -> void:
	assert_accepted(need(Credentials.p256()))


func test_a_certificate_from_somebody_else_is_refused_with_a_reason() -> void:
	var trusting_another := client_side.client_options(need(Credentials.p256()).certificate)
	assert_refused(need(Credentials.stranger()), "self-signed", "localhost", trusting_another)


func test_an_expired_certificate_is_refused_with_a_reason() -> void:
	assert_refused(need(Credentials.expired()), "expired")


func test_a_certificate_that_is_not_yet_valid_is_refused_with_a_reason() -> void:
	assert_refused(need(Credentials.not_yet_valid()), "not yet valid")


func test_the_default_store_refuses_a_self_signed_certificate() -> void:
	assert_refused(need(Credentials.p256()), "self-signed", "localhost", client_side.client_options())


func test_an_unsafe_client_accepts_any_certificate_for_any_name() -> void:
	var credentials: Array[Credentials] = [Credentials.p256(), Credentials.expired(), Credentials.not_yet_valid()]
	for each in credentials:
		assert_accepted(need(each), "no.such.host", client_side.client_unsafe())


func test_an_unsafe_client_with_a_chain_checks_the_chain_but_not_the_name() -> void:
	var trusted := need(Credentials.p256())
	assert_accepted(trusted, "no.such.host", client_side.client_unsafe(trusted.certificate))
	var unsafe := client_side.client_unsafe(trusted.certificate)
	assert_refused(need(Credentials.stranger()), "self-signed", "localhost", unsafe)


func test_a_common_name_override_takes_the_place_of_the_host_name() -> void:
	var credentials := need(Credentials.p256())
	assert_accepted(credentials, "no.such.host", client_side.client_options(credentials.certificate, "localhost"))
	var overridden := client_side.client_options(credentials.certificate, "no.such.host")
	assert_name_refused(credentials, "localhost", overridden)
