extends RefCounted
## A file of datagrams as tcpdump writes it: classic pcap, and packets that begin with their IPv4 header.

const CLIENT_PORT := 50_000
const SERVER_PORT := 4242

const _MAGIC := 0xa1b2c3d4
const _SNAP_LENGTH := 262_144
const _LINKTYPE_RAW := 101
const _IP_HEADER_SIZE := 20
const _UDP_HEADER_SIZE := 8
const _PROTOCOL_UDP := 17
const _LOOPBACK: PackedByteArray = [127, 0, 0, 1]

var path: String
var _file: FileAccess


func _init(p_path: String) -> void:
	path = p_path
	_file = FileAccess.open(path, FileAccess.WRITE)
	_file.store_32(_MAGIC)
	# The format's version, and no time zone.
	_file.store_16(2)
	_file.store_16(4)
	_file.store_64(0)
	_file.store_32(_SNAP_LENGTH)
	_file.store_32(_LINKTYPE_RAW)


func add_from_client(datagram: PackedByteArray) -> void:
	_add(CLIENT_PORT, SERVER_PORT, datagram)


func add_from_server(datagram: PackedByteArray) -> void:
	_add(SERVER_PORT, CLIENT_PORT, datagram)


func close() -> void:
	_file.close()


func _add(from_port: int, to_port: int, datagram: PackedByteArray) -> void:
	var udp_size := _UDP_HEADER_SIZE + datagram.size()
	var packet := _ip_header(_IP_HEADER_SIZE + udp_size)
	for field: int in [from_port, to_port, udp_size, 0]:
		packet.append_array(_network_order(field))
	packet.append_array(datagram)
	var usec := Time.get_ticks_usec()
	_file.store_32(usec / 1_000_000)
	_file.store_32(usec % 1_000_000)
	_file.store_32(packet.size())
	_file.store_32(packet.size())
	_file.store_buffer(packet)


# Without a checksum, as where the network card computes it.
static func _ip_header(total_size: int) -> PackedByteArray:
	var header: PackedByteArray = [0x45, 0]
	header.append_array(_network_order(total_size))
	header.append_array([0, 0, 0, 0, 64, _PROTOCOL_UDP, 0, 0])
	return header + _LOOPBACK + _LOOPBACK


static func _network_order(value: int) -> PackedByteArray:
	return [value >> 8, value & 0xff]
