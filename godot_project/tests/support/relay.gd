extends RefCounted
## Stands between a client and a server, carries their datagrams, and can keep, change or add some.

const _ADDRESS := "127.0.0.1"

## Everything that passed by, kept or not.
var from_client: Array[PackedByteArray] = []
var from_server: Array[PackedByteArray] = []
## Asked of each datagram whether to carry it: func(datagram: PackedByteArray) -> bool.
var carries_from_client := _always
var carries_from_server := _always

var _server_port: int
var _to_client := PacketPeerUDP.new()
var _to_server := PacketPeerUDP.new()


func _init(server_port: int) -> void:
	_server_port = server_port
	_to_client.bind(0, _ADDRESS)
	_to_server.connect_to_host(_ADDRESS, server_port)


func get_local_port() -> int:
	return _to_client.get_local_port()


func poll() -> void:
	while _to_client.get_available_packet_count() > 0:
		var datagram := _to_client.get_packet()
		_to_client.set_dest_address(_to_client.get_packet_ip(), _to_client.get_packet_port())
		from_client.append(datagram)
		if carries_from_client.call(datagram):
			send_to_server(datagram)
	while _to_server.get_available_packet_count() > 0:
		var datagram := _to_server.get_packet()
		from_server.append(datagram)
		if carries_from_server.call(datagram):
			send_to_client(datagram)


## In the client's name.
func send_to_server(datagram: PackedByteArray) -> void:
	_to_server.put_packet(datagram)


## In the server's name.
func send_to_client(datagram: PackedByteArray) -> void:
	_to_client.put_packet(datagram)


func send_empty_to_server() -> void:
	var port := _to_server.get_local_port()
	_to_server.close()
	send_empty_datagram(port, _server_port)
	_to_server.bind(port, _ADDRESS)
	_to_server.connect_to_host(_ADDRESS, _server_port)


func send_empty_to_client() -> void:
	var client_port := _to_client.get_packet_port()
	var port := _to_client.get_local_port()
	_to_client.close()
	send_empty_datagram(port, client_port)
	_to_client.bind(port, _ADDRESS)
	_to_client.set_dest_address(_ADDRESS, client_port)


## PacketPeerUDP does not send empty datagrams, but ENet does, so it borrows the port.
static func send_empty_datagram(from_port: int, to_port: int) -> void:
	var enet := ENetConnection.new()
	enet.create_host_bound(_ADDRESS, from_port, 1)
	enet.socket_send(_ADDRESS, to_port, PackedByteArray())
	enet.destroy()


static func _always(_datagram: PackedByteArray) -> bool:
	return true
