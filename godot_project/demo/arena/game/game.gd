extends RefCounted
## All that one process adds to the arena: a server, clients, or both, and the link between them.

const Client := preload("client.gd")
const Credentials := preload("../network/credentials.gd")
const Mode := preload("../network/mode.gd")
const Relay := preload("../network/relay.gd")
const Server := preload("server.gd")

const DEFAULT_PORT := 4242
const MAX_CLIENTS := 48

var mode := Mode.new()
## Where clients look for a server, and where it listens. 0 lets the server pick one.
var port := DEFAULT_PORT
var server: Server # Null unless it hosts
var clients: Array[Client] = []
var is_cut := false
## What the last frame's networking cost the main thread.
var server_usec := 0
var clients_usec := 0

var _credentials: Credentials
# Null before the first client. It stays when all have left, as it still carries their farewell.
var _relay: Relay


func _init(credentials: Credentials) -> void:
	_credentials = credentials


func host() -> Error:
	stop_hosting()
	var hosting := Server.new(mode.transport(_credentials))
	var error := hosting.transport.host(port)
	if error == OK:
		server = hosting
		port = hosting.transport.get_local_port()
	return error


func stop_hosting() -> void:
	if server != null:
		server.close()
		server = null


## Has so many clients in all.
func join(count: int) -> Error:
	if count > 0 and _relay == null:
		_relay = Relay.new()
		var error := _relay.open(port)
		if error != OK:
			_relay = null
			return error
		_relay.cut(is_cut)
	while clients.size() > count:
		clients.pop_back().close()
	while clients.size() < mini(count, MAX_CLIENTS):
		var number := clients.size() + 1
		clients.append(Client.new(mode.transport(_credentials, number), _relay.get_local_port(), number))
	return OK


## The clients' link to the server carries nothing while it is cut.
func cut(p_is_cut: bool) -> void:
	is_cut = p_is_cut
	if _relay != null:
		_relay.cut(is_cut)


## Starts again what runs, in another mode.
func switch_to(p_mode: Mode) -> Error:
	var count := clients.size()
	var was_hosting := server != null
	close()
	mode = p_mode
	var error := host() if was_hosting else OK
	return join(count) if error == OK else error


func step(delta: float) -> void:
	var before := Time.get_ticks_usec()
	for client in clients:
		client.step(delta)
	var between := Time.get_ticks_usec()
	if server != null:
		server.step(delta)
	clients_usec = between - before
	server_usec = Time.get_ticks_usec() - between


func close() -> void:
	join(0)
	stop_hosting()
	if _relay != null:
		_relay.close()
		_relay = null
