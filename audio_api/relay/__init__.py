"""From the channel to the client, on the event loop: nobody waits in a thread.

The first event decides the status: until it is there nothing has been sent, and a failure is
still an ordinary error body. When the client leaves, Django cancels what waits here.
"""
