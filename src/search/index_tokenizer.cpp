// A tokenizer as FTS5 wants it: a table of C functions (sqlite.org/fts5.html, section 7.1).
#include "search/index_tokenizer.hpp"

#include "search/word_splitter.hpp"

#include <sqlite3.h>

namespace search {
namespace {

int make(void* /*context*/, const char** /*arguments*/, int /*count*/, Fts5Tokenizer** made)
{
    static char no_state = 0; // its address is all that SQLite asks for
    *made = reinterpret_cast<Fts5Tokenizer*>(&no_state);
    return SQLITE_OK;
}

void remove(Fts5Tokenizer* /*made*/) {}

int tokenize(Fts5Tokenizer* /*self*/, void* context, int /*why*/, const char* text, int octets,
             int (*take)(void*, int, const char*, int, int, int))
{
    if (text == nullptr || octets <= 0) return SQLITE_OK;
    int code = SQLITE_OK;
    try {
        each_word({text, static_cast<std::size_t>(octets)}, [&](const split_word& word) {
            code = take(context, 0, word.folded.data(), static_cast<int>(word.folded.size()),
                        static_cast<int>(word.begin), static_cast<int>(word.end));
            return code == SQLITE_OK;
        });
    } catch (...) {
        return SQLITE_ERROR; // no exception may pass through C
    }
    return code;
}

/// FTS5's own table of functions, as it hands it out: through a pointer that a statement is given.
fts5_api* fts5_of(sqlite3* connection)
{
    fts5_api* found = nullptr;
    sqlite3_stmt* asked = nullptr;
    if (sqlite3_prepare_v2(connection, "SELECT fts5(?1)", -1, &asked, nullptr) == SQLITE_OK) {
        sqlite3_bind_pointer(asked, 1, static_cast<void*>(&found), "fts5_api_ptr", nullptr);
        sqlite3_step(asked);
    }
    sqlite3_finalize(asked);
    return found;
}

} // namespace

base::result<> register_tokenizer(ledger::database& file)
{
    fts5_api* const fts5 = fts5_of(file.native());
    fts5_tokenizer functions{.xCreate = make, .xDelete = remove, .xTokenize = tokenize};
    if (fts5 == nullptr ||
        fts5->xCreateTokenizer(fts5, tokenizer_name, nullptr, &functions, nullptr) != SQLITE_OK)
        return base::fail(base::error{base::failure::internal, false, "the index cannot be used",
                                      "the installed SQLite has no FTS5, which the index needs"});
    return {};
}

} // namespace search
