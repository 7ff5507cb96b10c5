// Silent: it has read the message and waits, in the way that it is told, for what will not come.
#include <poll.h>

#include "frames.h"

int main(int count, char **arguments) {
    int polls = count > 1 && strcmp(arguments[1], "poll") == 0;
    int listener = listen_here();
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        char piece[1024];
        do {
            struct pollfd ready = {.fd = fd, .events = POLLIN};
            if (polls)
                poll(&ready, 1, -1);
        } while (recv(fd, piece, sizeof piece, 0) > 0);
        close(fd);
    }
}
