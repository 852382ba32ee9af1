extends RefCounted
## A steady rate of frames.

var _period: int
var _next: int


func start(hertz: int) -> void:
	_period = 1_000_000 / hertz
	_next = Time.get_ticks_usec()


## Until the next frame. A frame that took too long delays the ones after it, as in the engine's own loop.
func wait() -> void:
	_next += _period
	var now := Time.get_ticks_usec()
	if _next > now:
		OS.delay_usec(_next - now)
	else:
		_next = now
