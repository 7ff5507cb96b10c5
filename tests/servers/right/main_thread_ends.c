// Right: one client at a time, on a thread that goes on when the first one has ended.
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int receive_all(int fd, char *data, size_t count) {
    while (count > 0) {
        ssize_t got = recv(fd, data, count, 0);
        if (got <= 0)
            return 0;
        data += got;
        count -= (size_t)got;
    }
    return 1;
}

static int send_all(int fd, const char *data, size_t count) {
    while (count > 0) {
        ssize_t sent = send(fd, data, count, MSG_NOSIGNAL);
        if (sent < 0)
            return 0;
        data += sent;
        count -= (size_t)sent;
    }
    return 1;
}

// Where the text without its first 10 characters starts: a byte 10xxxxxx continues a character.
static size_t rest_starts(const char *text, size_t length) {
    size_t at = 0;
    for (int left = 10; at < length; at++)
        if ((text[at] & 0xC0) != 0x80 && left-- == 0)
            break;
    return at;
}

static void serve(int fd) {
    uint32_t length;
    while (receive_all(fd, (char *)&length, sizeof length)) {
        length = ntohl(length);
        char *message = malloc(length + 4);
        if (message == NULL || !receive_all(fd, message + 4, length)) {
            free(message);
            return;
        }
        // The reply's header fits in front of the reply, whatever was removed.
        size_t start = rest_starts(message + 4, length);
        uint32_t header = htonl((uint32_t)(length - start));
        memcpy(message + start, &header, sizeof header);
        int sent = send_all(fd, message + start, length - start + 4);
        free(message);
        if (!sent)
            return;
    }
}

static void *start(void *unused) {
    (void)unused;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(getenv("PORT")))};
    inet_pton(AF_INET, getenv("HOST"), &address.sin_addr);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 5) < 0)
        exit(1);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        serve(fd);
        close(fd);
    }
}

int main(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, start, NULL) != 0)
        return 1;
    pthread_exit(NULL);
}
