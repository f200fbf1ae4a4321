# SPDX-License-Identifier: MIT
"""openapi.yaml as Python values, and a checker for as much of JSON Schema as it uses. A word
that the checker does not know is an error, so that no rule is silently left out."""

import os
import re

import yaml

from harness import ROOT

METHODS = ('get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace')
SAYS_NOTHING = {'description', 'example', 'default', 'format'}


def load():
    with open(os.path.join(ROOT, 'openapi.yaml'), encoding='utf-8') as file:
        return yaml.safe_load(file)


def ecma(pattern):
    """Python's `$` also matches before a last line break; the one of JSON Schema does not."""
    out, in_class, escaped = '', False, False
    for c in pattern:
        if escaped:
            escaped = False
        elif c == '\\':
            escaped = True
        elif c == '[':
            # ECMAScript has no nested classes; Python only warns of what looks like one.
            if in_class:
                out += '\\'
            in_class = True
        elif c == ']':
            in_class = False
        elif c == '$' and not in_class:
            c = r'\Z'
        out += c
    return re.compile(out)


def type_is(value, name):
    if name == 'boolean':
        return isinstance(value, bool)
    if name == 'integer':
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, {'string': str, 'object': dict, 'array': list}[name])


class Description:
    def __init__(self):
        self.root = load()

    def resolve(self, node):
        while isinstance(node, dict) and '$ref' in node:
            at = self.root
            for part in node['$ref'].removeprefix('#/').split('/'):
                at = at[part]
            node = at
        return node

    def filled(self, path, item, operation):
        """The path with the example, or least value, of each of its parameters, and with one beyond its
        maximum (None if it has no parameters, or that would be no number at all)."""
        good, bad = path, None
        for parameter in item.get('parameters', []) + operation.get('parameters', []):
            if parameter['in'] == 'path':
                hole = '{%s}' % parameter['name']
                schema = self.resolve(parameter['schema'])
                if schema['maximum'] < 999999999:
                    bad = good.replace(hole, str(schema['maximum'] + 1))
                good = good.replace(hole, str(parameter.get('example', schema['minimum'])))
        assert '{' not in good, path
        return good, bad

    def operations(self):
        """(base path, path, method, operation), every server of every path; parameters of the path are
        filled in. The operation's `bad path` is one with a parameter out of range."""
        for path, item in self.root['paths'].items():
            for server in item.get('servers', self.root['servers']):
                for method in METHODS:
                    if method in item:
                        good, bad = self.filled(path, item, item[method])
                        yield server['url'], good, method.upper(), {**item[method], 'bad path': bad}

    def mistakes(self, schema, value, at='body'):
        """What is wrong with value, as a list of texts."""
        schema = self.resolve(schema)
        if value is None and schema.get('nullable'):
            return []
        found = []
        for word, rule in schema.items():
            if word in SAYS_NOTHING or word == 'nullable':
                continue
            found += getattr(self, 'check_' + word)(rule, value, at, schema)
        return found

    def check_oneOf(self, rule, value, at, _):
        fits = sum(not self.mistakes(part, value, at) for part in rule)
        return [] if fits == 1 else ['%s: %r fits %d of its kinds' % (at, value, fits)]

    @staticmethod
    def check_type(rule, value, at, _):
        return [] if type_is(value, rule) else ['%s: %r is no %s' % (at, value, rule)]

    @staticmethod
    def check_enum(rule, value, at, _):
        return [] if value in rule else ['%s: %r is none of %r' % (at, value, rule)]

    @staticmethod
    def check_minimum(rule, value, at, _):
        return ['%s: %r < %r' % (at, value, rule)] if type_is(value, 'integer') and value < rule \
            else []

    @staticmethod
    def check_maximum(rule, value, at, _):
        return ['%s: %r > %r' % (at, value, rule)] if type_is(value, 'integer') and value > rule \
            else []

    @staticmethod
    def check_minLength(rule, value, at, _):
        return ['%s: shorter than %d' % (at, rule)] if isinstance(value, str) and \
            len(value) < rule else []

    @staticmethod
    def check_maxLength(rule, value, at, _):
        return ['%s: longer than %d' % (at, rule)] if isinstance(value, str) and \
            len(value) > rule else []

    @staticmethod
    def check_pattern(rule, value, at, _):
        return ['%s: %r does not fit %s' % (at, value, rule)] if isinstance(value, str) and \
            not ecma(rule).search(value) else []

    @staticmethod
    def check_required(rule, value, at, _):
        return ['%s: no %s' % (at, name) for name in rule
                if isinstance(value, dict) and name not in value]

    @staticmethod
    def check_minItems(rule, value, at, _):
        return ['%s: fewer than %d' % (at, rule)] if isinstance(value, list) and \
            len(value) < rule else []

    @staticmethod
    def check_maxItems(rule, value, at, _):
        return ['%s: more than %d' % (at, rule)] if isinstance(value, list) and \
            len(value) > rule else []

    @staticmethod
    def check_maxProperties(rule, value, at, _):
        return ['%s: %r has over %d members' % (at, value, rule)] if isinstance(value, dict) and \
            len(value) > rule else []

    @staticmethod
    def check_additionalProperties(rule, value, at, schema):
        assert rule is False
        return ['%s: %s is not described' % (at, name) for name in value
                if name not in schema['properties']] if isinstance(value, dict) else []

    def check_properties(self, rule, value, at, _):
        return [text for name, schema in rule.items()
                if isinstance(value, dict) and name in value
                for text in self.mistakes(schema, value[name], at + '.' + name)]

    def check_items(self, rule, value, at, _):
        return [text for i, each in enumerate(value if isinstance(value, list) else [])
                for text in self.mistakes(rule, each, '%s[%d]' % (at, i))]

    def check_allOf(self, rule, value, at, _):
        return [text for schema in rule for text in self.mistakes(schema, value, at)]

    def check_anyOf(self, rule, value, at, _):
        tries = [self.mistakes(schema, value, at) for schema in rule]
        return [] if [] in tries else tries[-1]
