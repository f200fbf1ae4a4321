/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "settings/json_memory.h"

/* The library's blocks come from here: one pool, so that the test may look at them after
 * they were freed. */
void *__wrap_malloc(size_t size);
void __wrap_free(void *block);

static _Alignas(max_align_t) char pool[64 * 1024];
static size_t used;

void *__wrap_malloc(size_t size)
{
    void *block = pool + used;

    size = (size + 15) & ~(size_t)15;
    assert_true(size <= sizeof(pool) - used);
    used += size;
    return block;
}

void __wrap_free(void *block)
{
    (void)block;
}

static void test_freed_json_leaves_no_secret(void **state)
{
    static const char body[] = "{\"password\":\"my-hush-secret\"}";
    json_t *json;
    char *text;

    (void)state;
    json_memory_init();
    json = json_loads(body, 0, NULL);
    assert_non_null(json);
    text = json_dumps(json, 0);
    assert_non_null(text);
    assert_non_null(memmem(pool, sizeof(pool), "my-hush-secret", 14));

    json_memory_free(text);
    json_decref(json);
    json_memory_free(NULL);
    assert_null(memmem(pool, sizeof(pool), "my-hush-secret", 14));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_freed_json_leaves_no_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
