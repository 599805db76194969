"""C++ sources as declarations and uses of names: what used.py reasons about. Reads clang-formatted text, no types."""
import dataclasses
import re

TOKEN = re.compile(
    r"""(?P<skip>//[^\n]*|/\*.*?\*/|\s+)
      |(?P<include>\#\s*(?:include|pragma|if|ifdef|ifndef|else|elif|endif|undef|error)\b(?:\\\n|[^\n])*)
      |(?P<define>\#\s*define\b)
      |(?P<text>R"(?P<fence>\w*)\(.*?\)(?P=fence)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+')
      |(?P<number>\.?\d[\w.']*)
      |(?P<name>[A-Za-z_]\w*)
      |(?P<mark>::|->|\[\[|\]\]|<=>|==|!=|<=|>=|&&|\|\||.)""",
    re.VERBOSE | re.DOTALL)

# Words that stand before a '(' in a declaration and are not what it declares.
NOT_DECLARED = {"decltype", "alignas", "noexcept", "explicit", "requires", "sizeof", "if", "while", "for", "switch",
                "static_assert", "defined"}
ROOT = "main"  # the context that is always reached


@dataclasses.dataclass(frozen=True)
class declaration:
    kind: str     # function, enumerator, type or value
    owner: str    # the class or enumeration, or ""
    name: str
    path: str
    line: int
    defined: bool
    virtual: bool = False
    type: str = ""  # of a value: the last name before its own, which is its class unless that is a template


@dataclasses.dataclass(frozen=True)
class use:
    name: str
    context: str      # the function or variable whose text has it
    described: bool   # a case label or the head of a table's row: says what a value is, does not bring it about


def tokens_of(text):
    """(token, line) without comments and conditions of the preprocessor; a literal is told as \"\"."""
    line, found = 1, []
    for match in TOKEN.finditer(text):
        kind, token = match.lastgroup if match.lastgroup != "fence" else "text", match.group()
        if kind in ("name", "number", "mark", "text"):
            found.append((token if kind != "text" else '""', line))
        line += token.count("\n")
    return found


class scope:
    def __init__(self, kind, name="", context=ROOT):
        self.kind, self.name, self.context = kind, name, context


class reader:
    """One file: feed it once, then look at `declarations` and `uses`."""

    def __init__(self, path, text):
        self.path, self.declarations, self.uses = path, [], []
        self.macros = {}
        text = re.sub(r"^[ \t]*#\s*define\s+(\w+)((?:\\\n|[^\n])*)", self._macro, text, flags=re.MULTILINE)
        self.tokens = tokens_of(text)
        self.scopes = [scope("namespace")]
        self._read()

    def _macro(self, match):
        for name in re.findall(r"[A-Za-z_]\w*", match.group(2)):
            self.uses.append(use(name, match.group(1), False))
        return "\n" * match.group(0).count("\n")

    def _read(self):
        statement, depth, at = [], 0, 0
        while at < len(self.tokens):
            token, line = self.tokens[at]
            here = self.scopes[-1]
            if here.kind in ("body", "value"):
                at = self._skip_body(at, here.context)
                self.scopes.pop()
                if here.kind == "body":
                    statement = []
                else:
                    statement.append(("{}", line))
                continue
            if here.kind == "enumeration":
                at = self._read_enumerators(at, here)
                self.scopes.pop()
                statement = []
                continue
            at += 1
            if token in "([":
                depth += 1
            elif token in ")]":
                depth -= 1
            if token == "{" and depth == 0:
                opened = self._open(statement)
                self.scopes.append(opened)
                if opened.kind not in ("value",):
                    statement = []
            elif token == "{":  # a braced default argument
                at = self._skip_body(at, ROOT)
            elif token == "}" and depth == 0:
                if len(self.scopes) > 1:
                    self.scopes.pop()
                statement = []
            elif token == ";" and depth == 0:
                self._declare(statement, False)
                statement = []
            elif token == ":" and depth == 0 and len(statement) == 1 and statement[0][0] in ("public", "private", "protected"):
                statement = []
            else:
                statement.append((token, line))

    def _use(self, at, context):
        token = self.tokens[at][0]
        if not re.match(r"[A-Za-z_]", token):
            return
        before = self.tokens[at - 1][0]
        if token == context and before not in (".", "->", "::"):
            return  # recursion
        head = at
        while self.tokens[head - 1][0] == "::":
            head -= 2
        row = head != at and self.tokens[head - 1][0] == "{" and self.tokens[at + 1][0] == "," \
            and '""' in (self.tokens[at + 2][0], self.tokens[at + 3][0])
        described = row or self.tokens[head - 1][0] == "case"
        self.uses.append(use(token, context, described))

    def _skip_body(self, at, context):
        depth = 1
        while depth:
            token = self.tokens[at][0]
            depth += (token == "{") - (token == "}")
            self._use(at, context)
            at = self._behind_member(at) if self._names_member(at) else at + 1
        return at

    def _names_member(self, at):
        """The AT(member) of a table of keys: the row fills the member, and nothing has read it yet."""
        return self.path.startswith("src/config/") and self.tokens[at][0] == "AT" and self.tokens[at + 1][0] == "("

    def _behind_member(self, at):
        while self.tokens[at][0] != ")":
            at += 1
        return at + 1

    def _read_enumerators(self, at, here):
        expecting = True
        while self.tokens[at][0] != "}":
            token, line = self.tokens[at]
            if expecting and re.match(r"[A-Za-z_]", token):
                self.declarations.append(declaration("enumerator", here.name, token, self.path, line, True))
                expecting = False
            elif token == ",":
                expecting = True
            else:
                self._use(at, here.name)
            at += 1
        return at + 1

    def _open(self, statement):
        """What the brace behind `statement` opens."""
        words = without_template(statement)
        if not words or words[0][0] == "namespace" or (words[0][0] == "inline" and len(words) > 1 and words[1][0] == "namespace") \
                or (words[0][0] == "extern" and words[1][0] == '""'):
            return scope("namespace")
        if words[0][0] == "enum":
            name = next((word for word, _ in words[1:] if word not in ("class", "struct")), "")
            self._declare_type(name, words)
            return scope("enumeration", name)
        if words[0][0] in ("class", "struct", "union"):
            name = class_name(words)
            self._declare_type(name, words)
            return scope("class", name)
        signature = find_parameters(words)
        if signature is None:
            name = self._declare(statement, True) or ROOT
            return scope("value", context=name)
        if in_initialisers(words, signature) and (re.match(r"[A-Za-z_]", words[-1][0]) or words[-1][0] == ">"):
            return scope("value", context=self._context(words, signature))
        name = self._declare(statement, True) or ROOT
        return scope("body", context=name)

    def _owner(self, words, at):
        """The class that the name at `at` belongs to."""
        if at >= 2 and words[at - 1][0] == "::":
            return words[at - 2][0]
        return self.scopes[-1].name if self.scopes[-1].kind == "class" else ""

    def _context(self, words, signature):
        return words[signature][0]

    def _declare_type(self, name, words):
        line = words[0][1]
        self.declarations.append(declaration("type", "", name, self.path, line, True))
        for word, _ in words:
            if re.match(r"[A-Za-z_]", word) and word != name:
                self.uses.append(use(word, name, False))

    def _declare(self, statement, defined):
        """Records what a statement at namespace or class scope declares; gives its name."""
        words = without_template(statement)
        if not words:
            return None
        texts = [word for word, _ in words]
        name, kind, at, owner = None, None, None, ""
        if texts[0] in ("static_assert", "friend", "using") and not (texts[0] == "using" and "=" in texts):
            pass
        elif texts[0] == "using":
            at, kind = 1, "type"
        elif texts[0] in ("class", "struct", "enum", "union") and "(" not in texts and "=" not in texts:
            return None  # forward: neither a declaration to answer for nor a use
        else:
            signature = find_parameters(words)
            if signature is not None:
                at, kind, owner = signature, "function", self._owner(words, signature)
            else:
                at, kind = find_value(words), "value"
        if at is not None:
            name = texts[at]
            gone = texts[-2:] in (["=", "delete"], ["=", "default"])
            special = name == owner or name == "operator" or "~" in texts[max(0, at - 1):at] or gone
            pure = texts[-2:] == ["=", "0"]
            if not special and not (kind == "value" and not defined and "{}" in texts):  # told when its brace opened
                virtual = "virtual" in texts or "override" in texts or "final" in texts
                owner = owner or (self.scopes[-1].name if self.scopes[-1].kind == "class" else "")
                self.declarations.append(declaration(kind, owner, name, self.path, words[at][1], defined or pure or kind != "function",
                                                     virtual, texts[at - 1] if at else ""))
            if special:
                name = owner or ROOT
        for index, (word, _) in enumerate(statement):
            if re.match(r"[A-Za-z_]", word) and not (name and word == name):
                self.uses.append(use(word, name or ROOT, False))
        return name


def without_template(statement):
    """Without attributes and template<…> and requires in front."""
    words = list(statement)
    while words and words[0][0] in ("template", "[["):
        if words[0][0] == "[[":
            at = next(index for index, (word, _) in enumerate(words) if word == "]]")
        else:
            depth, at = 0, 1
            while True:
                depth += words[at][0].count("<") * (words[at][0] == "<") - (words[at][0] == ">")
                if depth == 0:
                    break
                at += 1
        words = words[at + 1:]
    return words


def class_name(words):
    name = ""
    for word, _ in words[1:]:
        if word in (":", "<", "final"):
            break
        if re.match(r"[A-Za-z_]", word):
            name = word
    return name


def depths(words):
    """For each word the depth of parentheses and angle brackets around it."""
    depth, angle, found, before = 0, 0, [], ""
    for word, _ in words:
        if word in ")]":
            depth -= 1
        if word == ">" and angle and depth == 0:
            angle -= 1
        found.append(depth + angle)
        if word in "([":
            depth += 1
        if word == "<" and depth == 0 and re.match(r"[A-Za-z_]", before) and before != "operator":
            angle += 1
        before = word
    return found


def find_parameters(words):
    """The index of the name that the first list of parameters follows; None where the statement is no function."""
    level = depths(words)
    for at, (word, _) in enumerate(words):
        if level[at] == 0 and word == "operator":
            return at
        if level[at] == 0 and word == "=":
            return None
        if level[at] == 0 and word == "(" and at and re.match(r"[A-Za-z_]", words[at - 1][0]) and words[at - 1][0] not in NOT_DECLARED:
            return None if words[at + 1][0] == "*" else at - 1  # a pointer to a function is a value
    return None


def in_initialisers(words, signature):
    level = depths(words)
    return any(word == ":" and level[at] == 0 for at, (word, _) in enumerate(words) if at > signature)


def find_value(words):
    """The index of the name of a variable or a member."""
    level = depths(words)
    texts = [word for word, _ in words]
    if texts.count("(") and texts[texts.index("(") + 1] == "*":
        return texts.index("(") + 2
    end = next((at for at, (word, _) in enumerate(words) if level[at] == 0 and word in ("=", "{}", "[", ":")), len(words))
    for at in range(end - 1, 0, -1):
        if re.match(r"[A-Za-z_]", words[at][0]) and level[at] == 0:
            return at
    return None
