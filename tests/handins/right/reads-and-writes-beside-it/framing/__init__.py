from .frames import receive_frame, send_frame
