/* Tables of signal actions. */
#include "../mm/kmalloc.h"
#include "signal.h"

struct handlers *handlers_create(void)
{
    struct handlers *handlers = kmalloc(sizeof *handlers);
    if (handlers)
        handlers->references = 1;
    return handlers;
}

struct handlers *handlers_copy(const struct handlers *handlers)
{
    struct handlers *copy = handlers_create();
    if (!copy)
        return NULL;
    *copy = *handlers;
    copy->references = 1;
    return copy;
}

void handlers_release(struct handlers *handlers)
{
    if (!--handlers->references)
        kfree(handlers);
}

void handlers_reset(struct handlers *handlers)
{
    for (u32 i = 0; i < SIGNALS; i++)
        handlers->action[i] = (struct action){ .handler = handlers->action[i].handler == SIG_IGN ? SIG_IGN : SIG_DFL };
}
