"""The wallet beside a model of it: `model.py` says what is promised, `world.py` asks the real one,
`machine.py` drives both and compares, `crash.py` breaks a call off in the middle.
"""
