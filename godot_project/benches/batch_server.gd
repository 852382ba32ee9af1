extends "native_server.gd"
## The same with all packets of a frame in one call.


func echo() -> int:
	var batch := dtls.take_packets()
	var offsets := batch.offsets
	var data := batch.data
	for offset in offsets:
		moved += Vector2(data.decode_float(offset), data.decode_float(offset + 4))
	dtls.put_packets(batch)
	return offsets.size()
