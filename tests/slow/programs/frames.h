// What every program here needs to be a server: whole messages in, whole replies out.
#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct reply {
    char *bytes;
    size_t length;
};

static inline int listen_here(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(getenv("PORT")))};
    inet_pton(AF_INET, getenv("HOST"), &address.sin_addr);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 5) < 0)
        exit(1);
    return listener;
}

static inline int receive_all(int fd, char *data, size_t count) {
    while (count > 0) {
        ssize_t got = recv(fd, data, count, 0);
        if (got <= 0)
            return 0;
        data += got;
        count -= (size_t)got;
    }
    return 1;
}

// Calls nothing that a signal handler may not call.
static inline int send_reply(int fd, const struct reply *reply) {
    for (size_t at = 0; at < reply->length;) {
        ssize_t sent = send(fd, reply->bytes + at, reply->length - at, MSG_NOSIGNAL);
        if (sent < 0)
            return 0;
        at += (size_t)sent;
    }
    return 1;
}

// Receives a message and makes the reply to it, which the caller frees.
static inline int next_reply(int fd, struct reply *reply) {
    uint32_t length;
    if (!receive_all(fd, (char *)&length, sizeof length))
        return 0;
    length = ntohl(length);
    char *message = malloc((size_t)length + 4);
    if (message == NULL || !receive_all(fd, message + 4, length)) {
        free(message);
        return 0;
    }
    // A byte 10xxxxxx continues a character.
    size_t start = 0;
    for (int left = 10; start < length; start++)
        if ((message[4 + start] & 0xC0) != 0x80 && left-- == 0)
            break;
    reply->length = 4 + length - start;
    reply->bytes = malloc(reply->length);
    if (reply->bytes == NULL)
        abort();
    uint32_t header = htonl((uint32_t)(length - start));
    memcpy(reply->bytes, &header, 4);
    memcpy(reply->bytes + 4, message + 4 + start, length - start);
    free(message);
    return 1;
}

// Serves one client after another. `answer` sends the reply.
static inline void serve(int (*answer)(int fd, const struct reply *reply)) {
    int listener = listen_here();
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        struct reply reply;
        int goes_on = 1;
        while (goes_on && next_reply(fd, &reply)) {
            goes_on = answer(fd, &reply);
            free(reply.bytes);
        }
        close(fd);
    }
}
