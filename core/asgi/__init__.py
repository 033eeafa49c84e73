"""What stands between the server and Django: sizes, times and numbers of what comes in, before anything is read.

server ▸ threads ▸ open requests ▸ bodies ▸ Django
                 ▸ open sockets  ▸ Channels
"""
