// Right: poll over many clients, reads that never block.
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 64 };

struct client {
    char *in, *out;
    size_t in_len, out_len, out_sent;
    int has_ended;
};

static struct pollfd fds[CLIENTS + 1];
static struct client clients[CLIENTS + 1];

static void append(char **buffer, size_t *len, const char *data, size_t count) {
    *buffer = realloc(*buffer, *len + count);
    if (*buffer == NULL && *len + count > 0)
        abort();
    memcpy(*buffer + *len, data, count);
    *len += count;
}

static void answer(struct client *client) {
    for (;;) {
        uint32_t length;
        if (client->in_len < sizeof length)
            return;
        memcpy(&length, client->in, sizeof length);
        length = ntohl(length);
        if (client->in_len - sizeof length < length)
            return;
        const char *text = client->in + sizeof length;
        size_t start = 0;
        for (int left = 10; start < length; start++)
            if ((text[start] & 0xC0) != 0x80 && left-- == 0)
                break;
        uint32_t header = htonl((uint32_t)(length - start));
        append(&client->out, &client->out_len, (char *)&header, sizeof header);
        append(&client->out, &client->out_len, text + start, length - start);
        client->in_len -= sizeof length + length;
        memmove(client->in, client->in + sizeof length + length, client->in_len);
    }
}

static int receive(int fd, struct client *client) {
    char chunk[4096];
    ssize_t got = recv(fd, chunk, sizeof chunk, MSG_DONTWAIT);
    if (got < 0)
        return 0;
    // A client that says no more may still want its replies.
    client->has_ended = got == 0;
    append(&client->in, &client->in_len, chunk, (size_t)got);
    answer(client);
    return 1;
}

static int reply(int fd, struct client *client) {
    ssize_t sent = send(fd, client->out + client->out_sent, client->out_len - client->out_sent,
                        MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0)
        return 0;
    client->out_sent += (size_t)sent;
    if (client->out_sent == client->out_len)
        client->out_sent = client->out_len = 0;
    return 1;
}

static void drop(int index) {
    close(fds[index].fd);
    free(clients[index].in);
    free(clients[index].out);
    clients[index] = (struct client){0};
    fds[index].fd = -1;
}

static void admit(int fd) {
    for (int index = 1; index <= CLIENTS; index++)
        if (fds[index].fd < 0) {
            fds[index].fd = fd;
            return;
        }
    close(fd);
}

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(getenv("PORT")))};
    inet_pton(AF_INET, getenv("HOST"), &address.sin_addr);
    for (int index = 0; index <= CLIENTS; index++)
        fds[index].fd = -1;
    fds[0].fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fds[0].fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fds[0].fd, 5) < 0)
        return 1;
    for (;;) {
        for (int index = 0; index <= CLIENTS; index++)
            fds[index].events = (short)((clients[index].has_ended ? 0 : POLLIN) |
                                        (clients[index].out_len > 0 ? POLLOUT : 0));
        poll(fds, CLIENTS + 1, -1);
        if (fds[0].revents & POLLIN) {
            int fd = accept(fds[0].fd, NULL, NULL);
            if (fd >= 0)
                admit(fd);
        }
        for (int index = 1; index <= CLIENTS; index++) {
            short ready = fds[index].fd < 0 ? 0 : fds[index].revents;
            if ((ready & POLLIN && !receive(fds[index].fd, &clients[index])) ||
                (ready & POLLOUT && !reply(fds[index].fd, &clients[index])) || ready & POLLERR ||
                (clients[index].has_ended && clients[index].out_len == 0))
                drop(index);
        }
    }
}
