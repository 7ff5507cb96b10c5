// Late: it waits in io_uring for a timeout of its own, and replies then.
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "frames.h"

static struct io_uring_params parameters;
static int ring;
static char *submissions, *completions;
static struct io_uring_sqe *entry;

static unsigned *at(char *queue, unsigned offset) {
    return (unsigned *)(void *)(queue + offset);
}

static int wait_and_reply(int fd, const struct reply *reply) {
    static const struct __kernel_timespec late = {.tv_nsec = 400000000};
    *entry = (struct io_uring_sqe){.opcode = IORING_OP_TIMEOUT, .fd = -1, .addr = (uintptr_t)&late, .len = 1};
    unsigned *tail = at(submissions, parameters.sq_off.tail);
    at(submissions, parameters.sq_off.array)[0] = 0;
    __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
    syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
    unsigned *head = at(completions, parameters.cq_off.head);
    __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
    return send_reply(fd, reply);
}

static int wait_without_ring(int fd, const struct reply *reply) {
    usleep(400000);
    return send_reply(fd, reply);
}

static void *map(size_t length, off_t offset) {
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, ring, offset);
    if (memory == MAP_FAILED)
        exit(1);
    return memory;
}

int main(void) {
    ring = (int)syscall(SYS_io_uring_setup, 1, &parameters);
    // Many systems forbid it.
    if (ring < 0)
        serve(wait_without_ring);
    submissions = map(parameters.sq_off.array + parameters.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
    completions =
        map(parameters.cq_off.cqes + parameters.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
    entry = map(parameters.sq_entries * sizeof *entry, IORING_OFF_SQES);
    serve(wait_and_reply);
}
