# SPDX-License-Identifier: MIT
"""tools/lint must see each thing it is there for, and nothing else: run by ./test."""

import importlib.machinery
import importlib.util
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))

SOURCE = '''/* SPDX-License-Identifier: MIT */
#include "sip/agent.h"
#include <re_sip.h>
/* strcpy( in a comment */
static int f(int a)
{
    char *s = "strcpy(";
    if (a)
        goto out;
    if (b)
        return 1;
    err |= g();
    strcpy(s, t);
    x->system(1);
    fd = open(name,
              O_RDONLY);
    fd2 = open(name, O_RDONLY | O_CLOEXEC);
    accept(1, 2, 3);
    snprintf(a, b);
    f = fopen("x", "r");
    f = fopen("x", "re");
out:
    return 0;
}

int many(int a, int b, int c, int d, int e, void (*f)(int, int), int g)
{
LONG}
'''

HEADER = '''/* SPDX-License-Identifier: MIT */

#define X(a) \\
  f(a)
struct a { int (*f)(int); };
int undocumented(int a);

/* doc */
int documented(int a);
int group(int a,
          int b);

typedef void fn(int);
int documented_behind(void); /* yes */

#ifdef X
int second(int);
#endif
'''

WANT = [
    'src/http/x.c:2: http may not include "sip/agent.h"',
    'src/http/x.c:3: the SIP library is for',
    'src/http/x.c:11: `return` after the first `goto out` (line 9)',
    'src/http/x.c:12: `err |=`',
    'src/http/x.c:13: strcpy is banned',
    'src/http/x.c:15: open without O_CLOEXEC',
    'src/http/x.c:18: accept cannot close on exec',
    'src/http/x.c:20: fopen without "e"',
    'src/http/x.c:26: many has 84 lines',
    'src/http/x.c:26: many has 7 parameters',
    'src/x/y.h:17: second has no comment',
    'src/x/y.h:6: undocumented has no comment',
    'text:1: a path of somebody',
]


def load():
    loader = importlib.machinery.SourceFileLoader('lint', os.path.join(HERE, 'lint'))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader('lint', loader))
    loader.exec_module(module)
    return module


def main():
    lint = load()
    source = SOURCE.replace('LONG', '    a();\n' * 81)
    lint.check_c('src/http/x.c', source)
    lint.check_includes('src/http/x.c', source)
    lint.check_prototypes('src/x/y.h', HEADER)
    lint.check_text('text', 'see ' + '/home' + '/joe/x')
    lint.check_text('text', 'but http://x.example/home/y and ~/door/z are fine')
    got = sorted(lint.findings)
    missed = [w for w in WANT if not any(g.startswith(w) for g in got)]
    extra = [g for g in got if not any(g.startswith(w) for w in WANT)]
    for text in missed:
        print('not seen: ' + text)
    for text in extra:
        print('should be fine: ' + text)
    return 1 if missed or extra else 0


if __name__ == '__main__':
    sys.exit(main())
