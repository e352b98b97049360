/* SPDX-License-Identifier: Apache-2.0 */
#include <base/lock.h>
#include <base/pool.h>

#include <sys/mman.h>

#ifdef POOL_IS_MALLOC

void *
pool_take(size_t n_bytes)
{
	return malloc(n_bytes);
}

void
pool_put(void *p, size_t n_bytes)
{
	(void)n_bytes;
	free(p);
}

#else

#define CHUNK_BYTES ((size_t)4 << 20)
#define READY_BYTES ((size_t)128 << 10) /* a part of a chunk, larger than a batch */
#define SMALL_BYTES 256
#define SMALL_STEP 16
#define LARGE_STEP 64
#define N_SMALL (SMALL_BYTES / SMALL_STEP)
#define N_SIZES (N_SMALL + (POOL_BYTES_MAX - SMALL_BYTES) / LARGE_STEP)

/* Objects that a thread takes and gives at a time. It keeps up to twice as many. */
#define BATCH 32u

/* A free object. The first one of a batch has the next batch. */
struct unused {
	struct unused *next;
	struct unused *next_batch;
};

_Static_assert(sizeof(struct unused) <= SMALL_STEP, "a free object fits the smallest size");

/* Batches of free objects of one size. */
struct shared {
	struct mutex mu;
	struct unused *batches GUARDED_BY(mu);
};

/* What a thread keeps. 'first' is being used up or filled; 'full' is a batch or NULL. */
struct own {
	struct unused *first, *full;
	unsigned int n; /* in 'first', at most */
};

struct chunk {
	struct mutex mu;
	char *next GUARDED_BY(mu), *end GUARDED_BY(mu);
	char *ready GUARDED_BY(mu); /* up to here it has pages */
};

static struct shared shared[N_SIZES];
static struct chunk chunk;
static _Thread_local struct own own[N_SIZES];
static _Thread_local bool is_known; /* the thread's objects are given back at its end */
static pthread_key_t at_end;

static unsigned int
size_of(size_t n_bytes)
{
	if (n_bytes <= SMALL_BYTES)
		return n_bytes ? (unsigned int)((n_bytes - 1) / SMALL_STEP) : 0;
	return N_SMALL + (unsigned int)((n_bytes - SMALL_BYTES - 1) / LARGE_STEP);
}

static size_t
bytes_of(unsigned int size)
{
	return size < N_SMALL ? (size + 1) * (size_t)SMALL_STEP
			      : SMALL_BYTES + (size - N_SMALL + 1) * (size_t)LARGE_STEP;
}

static void
batch_give(unsigned int size, struct unused *first)
{
	mutex_lock(&shared[size].mu);
	first->next_batch = shared[size].batches;
	shared[size].batches = first;
	mutex_unlock(&shared[size].mu);
}

/* A batch may have fewer than BATCH objects. */
static void
thread_end(void *aux)
{
	struct own *mine = aux;

	for (unsigned int i = 0; i < N_SIZES; i++) {
		if (mine[i].first)
			batch_give(i, mine[i].first);
		if (mine[i].full)
			batch_give(i, mine[i].full);
		mine[i] = (struct own){0};
	}
}

__attribute__((constructor)) static void
pool_init(void)
{
	for (unsigned int i = 0; i < N_SIZES; i++)
		mutex_init(&shared[i].mu);
	mutex_init(&chunk.mu);
	lock_must(pthread_key_create(&at_end, thread_end));
}

static void
thread_begin(void)
{
	is_known = true;
	lock_must(pthread_setspecific(at_end, own));
}

/* Pages are taken from the system many at a time, ahead of their use: a fault for each would cost
 * more than the use. Where the system cannot, faults do it. */
static void
populate(char *from, size_t n_bytes)
{
#ifdef MADV_POPULATE_WRITE
	(void)madvise(from, n_bytes, MADV_POPULATE_WRITE);
#else
	(void)from;
	(void)n_bytes;
#endif
}

static bool
chunk_new(void) REQUIRES(chunk.mu)
{
	char *p =
		mmap(NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return false;
	chunk.next = chunk.ready = p;
	chunk.end = p + CHUNK_BYTES;
	return true;
}

/* Returns memory of the chunk for a batch, or NULL; the rest of a chunk that is too small is lost. */
static char *
chunk_take(size_t n_bytes)
{
	char *p = NULL;

	mutex_lock(&chunk.mu);
	if ((size_t)(chunk.end - chunk.next) >= n_bytes || chunk_new()) {
		p = chunk.next;
		chunk.next += n_bytes;
	}
	if (chunk.next > chunk.ready) {
		populate(chunk.ready, READY_BYTES);
		chunk.ready += READY_BYTES;
	}
	mutex_unlock(&chunk.mu);
	return p;
}

static struct unused *
batch_new(unsigned int size)
{
	size_t n_bytes = bytes_of(size);
	char *p = chunk_take(BATCH * n_bytes);

	if (!p)
		return NULL;
	for (unsigned int i = 0; i < BATCH; i++) {
		struct unused *o = (struct unused *)(p + i * n_bytes);

		o->next = i + 1 < BATCH ? (struct unused *)(p + (i + 1) * n_bytes) : NULL;
	}
	return (struct unused *)p;
}

static struct unused *
batch_take(unsigned int size)
{
	struct unused *first;

	mutex_lock(&shared[size].mu);
	first = shared[size].batches;
	if (first)
		shared[size].batches = first->next_batch;
	mutex_unlock(&shared[size].mu);
	return first ? first : batch_new(size);
}

static bool
refill(struct own *mine, unsigned int size)
{
	if (!is_known)
		thread_begin();
	mine->first = mine->full ? mine->full : batch_take(size);
	mine->full = NULL;
	mine->n = mine->first ? BATCH : 0;
	return mine->first;
}

void *
pool_take(size_t n_bytes)
{
	unsigned int size = size_of(n_bytes);
	struct own *mine = &own[size];
	struct unused *o;

	if (n_bytes > POOL_BYTES_MAX)
		return malloc(n_bytes);
	if (!mine->first && !refill(mine, size))
		return NULL;
	o = mine->first;
	mine->first = o->next;
	mine->n--;
	return o;
}

void
pool_put(void *p, size_t n_bytes)
{
	unsigned int size = size_of(n_bytes);
	struct own *mine = &own[size];
	struct unused *o = p;

	if (n_bytes > POOL_BYTES_MAX || !p) {
		free(p);
		return;
	}
	if (!is_known)
		thread_begin();
	if (mine->n >= BATCH) {
		if (mine->full)
			batch_give(size, mine->full);
		mine->full = mine->first;
		mine->first = NULL;
		mine->n = 0;
	}
	o->next = mine->first;
	mine->first = o;
	mine->n++;
}

#endif
