// Wrong: replies end in the NUL of a C string, which their length counts.
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char message[4 + 1000000];

static int receive_all(int fd, void *data, size_t count) {
    return count == 0 || recv(fd, data, count, MSG_WAITALL) == (ssize_t)count;
}

static void serve(int fd) {
    uint32_t length;
    while (receive_all(fd, &length, sizeof length)) {
        length = ntohl(length);
        if (length > 999999 || !receive_all(fd, message + 4, length))
            return;
        message[4 + length++] = 0;
        uint32_t removed = length < 10 ? length : 10;
        uint32_t header = htonl(length - removed);
        memcpy(message + removed, &header, sizeof header);
        if (send(fd, message + removed, length - removed + 4, MSG_NOSIGNAL) < 0)
            return;
    }
}

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(getenv("PORT")))};
    inet_pton(AF_INET, getenv("HOST"), &address.sin_addr);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 5) < 0)
        return 1;
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        serve(fd);
        close(fd);
    }
}
