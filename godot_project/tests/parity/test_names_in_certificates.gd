extends "../support/trust_test.gd"
## Which host names a certificate is accepted for.


func test_dns_names_are_matched_whole_and_whatever_their_case() -> void:
	var credentials := need(Credentials.issued("dns", ["subjectAltName=DNS:one.example.org,DNS:two.example.org"]))
	assert_accepted(credentials, "two.example.org")
	assert_accepted(credentials, "ONE.Example.ORG")
	assert_name_refused(credentials, "three.example.org")
	assert_name_refused(credentials, "example.org")
	assert_name_refused(credentials, "one.example.org.evil.test")


func test_a_wildcard_stands_for_one_label() -> void:
	var credentials := need(Credentials.issued("wildcard", ["subjectAltName=DNS:*.example.org"]))
	assert_accepted(credentials, "www.example.org")
	assert_name_refused(credentials, "a.b.example.org")
	assert_name_refused(credentials, "example.org")


func test_a_wildcard_does_not_stand_for_a_part_of_a_label() -> void:
	var credentials := need(Credentials.issued("partial_wildcard", ["subjectAltName=DNS:w*.example.org"]))
	assert_name_refused(credentials, "www.example.org")


func test_a_wildcard_does_not_stand_for_a_whole_domain() -> void:
	var credentials := need(Credentials.issued("bare_wildcard", ["subjectAltName=DNS:*.org"]))
	if client_side.is_ours():
		assert_name_refused(credentials, "example.org")
	else:
		assert_accepted(credentials, "example.org")


func test_the_common_name_counts_if_there_are_no_dns_names() -> void:
	var credentials := need(Credentials.issued("common_name", [], null, "host.example.org"))
	assert_accepted(credentials, "host.example.org")
	assert_name_refused(credentials, "other.example.org")


func test_the_common_name_does_not_count_beside_dns_names() -> void:
	var credentials := need(Credentials.issued("ignored_common_name", ["subjectAltName=DNS:a.test"], null, "b.test"))
	assert_accepted(credentials, "a.test")
	assert_name_refused(credentials, "b.test")


func test_an_ip_address_is_matched_against_ip_addresses() -> void:
	var credentials := need(Credentials.issued("ip", ["subjectAltName=IP:127.0.0.1,IP:2001:db8::1"]))
	assert_accepted(credentials, "127.0.0.1")
	assert_accepted(credentials, "2001:db8::1")
	assert_name_refused(credentials, "127.0.0.2")
	assert_name_refused(credentials, "2001:db8::2")


func test_an_ip_address_is_not_matched_against_dns_names_or_the_common_name() -> void:
	var credentials: Array[Credentials] = [
		Credentials.issued("ip_as_dns", ["subjectAltName=DNS:127.0.0.1"]),
		Credentials.issued("ip_as_common_name", [], null, "127.0.0.1"),
	]
	for each in credentials:
		if client_side.is_ours():
			assert_name_refused(need(each), "127.0.0.1")
		else:
			assert_accepted(need(each), "127.0.0.1")


func test_an_internationalised_name_is_matched_in_its_ascii_form() -> void:
	var credentials := need(Credentials.issued("idn", ["subjectAltName=DNS:xn--bcher-kva.example.org"]))
	assert_accepted(credentials, "xn--bcher-kva.example.org")


func test_an_internationalised_name_is_matched_in_its_unicode_form() -> void:
	var credentials := need(Credentials.issued("idn", ["subjectAltName=DNS:xn--bcher-kva.example.org"]))
	if client_side.is_ours():
		assert_accepted(credentials, "bücher.example.org")
		assert_accepted(credentials, "BÜCHER.example.org")
		assert_accepted(credentials, "10.0.0.1", client_side.client_options(credentials.certificate, "bücher.example.org"))
		assert_name_refused(credentials, "bücherei.example.org")
	else:
		assert_name_refused(credentials, "bücher.example.org")
