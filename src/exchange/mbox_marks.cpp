// Letters, bits and labels.
#include "exchange/mbox_marks.hpp"

#include "base/ascii.hpp"
#include "ledger/header_hash.hpp"
#include "ledger/tags.hpp"
#include "mail/mime/reading.hpp"
#include "store/writable_folder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace exchange {

namespace {

// nsMsgMessageFlags.idl of Thunderbird.
enum mozilla_bit : std::uint32_t {
    mozilla_read = 0x0001,
    mozilla_replied = 0x0002,
    mozilla_marked = 0x0004,
    mozilla_expunged = 0x0008,
    mozilla_forwarded = 0x1000,
};

constexpr std::string_view status_name = "Status: ";
constexpr std::string_view more_status_name = "X-Status: ";
constexpr std::string_view keywords_name = "X-Keywords: ";
constexpr std::string_view folder_name = "X-Restante-Folder: ";
constexpr std::string_view line_end = "\r\n";

struct status_letter {
    char letter;
    bool store::message_marks::* mark;
};
constexpr std::array<status_letter, 5> more_status_letters = {
    status_letter{'A', &store::message_marks::answered}, status_letter{'D', &store::message_marks::trashed},
    status_letter{'F', &store::message_marks::flagged}, status_letter{'P', &store::message_marks::forwarded},
    status_letter{'T', &store::message_marks::draft}};

/// Takes "NAME: VALUE" and its end off `text`; nothing where something else stands there.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view name)
{
    const std::size_t end = text.find(line_end);
    if (!text.starts_with(name) || end == std::string_view::npos || end < name.size()) return std::nullopt;
    const std::string_view value = text.substr(name.size(), end - name.size());
    text.remove_prefix(end + line_end.size());
    return value;
}

void take_letters(mbox_marks& marks, std::string_view letters)
{
    for (const char letter : letters) {
        switch (letter) {
        case 'R': marks.marks.seen = true; break;
        case 'A': marks.marks.answered = true; break;
        case 'F': marks.marks.flagged = true; break;
        case 'P': marks.marks.forwarded = true; break;
        case 'T': marks.marks.draft = true; break;
        case 'D': marks.deleted = true; break;
        default: break; // 'O': not new any more
        }
    }
}

void take_mozilla_status(mbox_marks& marks, std::string_view hexadecimal)
{
    std::uint32_t bits = 0;
    const auto [end, trouble] =
        std::from_chars(hexadecimal.data(), hexadecimal.data() + hexadecimal.size(), bits, 16);
    if (trouble != std::errc() || end != hexadecimal.data() + hexadecimal.size()) return;
    marks.marks.seen |= (bits & mozilla_read) != 0;
    marks.marks.answered |= (bits & mozilla_replied) != 0;
    marks.marks.flagged |= (bits & mozilla_marked) != 0;
    marks.marks.forwarded |= (bits & mozilla_forwarded) != 0;
    marks.deleted |= (bits & mozilla_expunged) != 0;
}

void take_labels(mbox_marks& marks, const gmail_told& labels)
{
    marks.marks.seen |= labels.marks.seen;
    marks.marks.flagged |= labels.marks.flagged;
    marks.marks.draft |= labels.marks.draft;
    marks.marks.forwarded |= labels.marks.forwarded;
    marks.deleted |= labels.deleted;
    marks.folder = labels.folder;
    marks.more_labels = labels.more_labels;
}

/// Fields of the message itself that an import would take for marks, or for a part of our lines.
bool has_fields_that_mark(std::string_view header)
{
    constexpr std::array<std::string_view, 7> names = {"Status",           "X-Status",       "X-Keywords",
                                                       "X-Mozilla-Status", "X-Mozilla-Keys", "X-Gmail-Labels",
                                                       "X-Restante-Folder"};
    bool any = false;
    ledger::each_field(header, [&](std::string_view name, std::string_view) {
        any |= std::ranges::any_of(
            names, [&](std::string_view candidate) { return base::equal_ignoring_case(candidate, name); });
    });
    return any;
}

} // namespace

mbox_marks read_mbox_marks(std::string_view header)
{
    mbox_marks out;
    std::string keywords;
    ledger::each_field(header, [&](std::string_view name, std::string_view field) {
        const auto is = [&](std::string_view other) { return base::equal_ignoring_case(name, other); };
        if (is("Status") || is("X-Status")) take_letters(out, ledger::value_of(field));
        if (is("X-Mozilla-Status")) take_mozilla_status(out, ledger::value_of(field));
        if (is("X-Keywords") || is("X-Mozilla-Keys")) keywords += " " + std::string(ledger::value_of(field));
        if (is("X-Gmail-Labels")) take_labels(out, read_gmail_labels(ledger::value_of(field)));
    });
    out.tags = ledger::tags_in(keywords);
    // Not the mark T: other programs remove what bears it.
    if (out.deleted) out.folder = deleted_folder;
    return out;
}

std::string format_mbox_marks(const store::message_marks& marks, std::string_view tags,
                              std::string_view folder, std::string_view header)
{
    const bool has_its_own = has_fields_that_mark(header);
    if (marks == store::message_marks{} && tags.empty() && folder.empty() && !has_its_own) return {};
    std::string out = std::string(status_name) + (marks.seen ? "RO" : "O") + std::string(line_end);
    out += more_status_name;
    for (const status_letter& entry : more_status_letters)
        if (marks.*entry.mark) out += entry.letter;
    out += line_end;
    if (has_its_own || !tags.empty())
        out += std::string(keywords_name) + std::string(tags) + std::string(line_end);
    if (has_its_own || !folder.empty())
        out += std::string(folder_name) + std::string(folder) + std::string(line_end);
    return out;
}

std::optional<own_mbox_marks> read_own_mbox_marks(std::string_view header)
{
    std::string_view rest = header.substr(0, own_mbox_marks_octets_max);
    own_mbox_marks out;
    const auto status = take_line(rest, status_name);
    const auto more = take_line(rest, more_status_name);
    if (!status || !more || (*status != "RO" && *status != "O")) return std::nullopt;
    out.marks.seen = *status == "RO";
    std::string written;
    for (const status_letter& entry : more_status_letters) {
        out.marks.*entry.mark = more->contains(entry.letter);
        if (out.marks.*entry.mark) written += entry.letter;
    }
    if (*more != written) return std::nullopt;
    if (const auto tags = take_line(rest, keywords_name)) out.tags = ledger::tags_in(*tags);
    if (const auto folder = take_line(rest, folder_name)) out.folder = *folder;
    out.octets = std::min(header.size(), own_mbox_marks_octets_max) - rest.size();
    return out;
}

namespace {

/// Gmail's own labels in one language. Several words where Gmail changed its mind, separated by '|'.
struct gmail_language {
    std::string_view inbox, unread, opened, starred, important, archived, trash, spam, drafts, sent, category;
    /// Its word for "unread" was seen in Takeouts, so that a message without it was read. Else only "opened" says so.
    bool unread_is_certain = false;
};

// The first five were seen in files of Takeout, as others report them: github.com/rgladwell/imap-upload (es, ca),
// suitenumerique/messages and rustmailer/bichon issue 358 (fr), GAM-team/got-your-back issue 360 (es). The others were
// written from memory of Gmail's interface in that language; no Takeout in them was seen.
constexpr std::array<gmail_language, 16> languages = {{
    {"Inbox", "Unread", "Opened", "Starred", "Important", "Archived|All Mail|Chat", "Trash|Bin", "Spam",
     "Drafts|Draft", "Sent|Sent Mail", "Category ", true},
    {"Posteingang", "Ungelesen", "Geöffnet|Gelesen", "Markiert|Gekennzeichnet", "Wichtig",
     "Archiviert|Alle Nachrichten", "Papierkorb", "Spam", "Entwürfe|Entwurf",
     "Gesendet|Gesendete Nachrichten", "Kategorie:", true},
    {"Boîte de réception", "Non lus|Non lu", "Ouvert|Ouverts", "Favoris|Suivis", "Important|Importants",
     "Archivés|Messages archivés|Tous les messages", "Corbeille", "Spam", "Brouillons|Brouillon",
     "Messages envoyés|Envoyé|Envoyés|Mails envoyés", "Catégorie", true},
    {"Recibidos", "No leídos|No leído", "Abierto|Abiertos", "Destacados|Destacado", "Importante|Importantes",
     "Archivado|Archivados|Todos", "Papelera", "Spam", "Borradores|Borrador", "Enviados|Enviado",
     "Categoría:", true},
    {"Safata d'entrada", "No llegits", "Oberts|Obert", "Destacats", "Importants|Important", "Arxivats",
     "Paperera", "Correu brossa", "Esborranys", "Enviats", "Categoria", true},
    {"Posta in arrivo", "Da leggere|Non letti", "Aperti|Aperto", "Speciali|Speciale", "Importanti|Importante",
     "Archiviati|Tutti i messaggi", "Cestino", "Spam", "Bozze", "Inviati|Inviata|Posta inviata",
     "Categoria:"},
    {"Caixa de entrada|Entrada", "Não lidos|Não lidas|Não lido|Não lida", "Abertos|Aberto|Aberta|Abertas",
     "Com estrela", "Importante|Importantes", "Arquivados|Arquivado|Arquivadas|Todos os e-mails",
     "Lixeira|Lixo", "Spam", "Rascunhos|Rascunho", "Enviados|E-mails enviados|Enviado|Correio enviado",
     "Categoria:"},
    {"Postvak IN|Inbox", "Ongelezen", "Geopend", "Met ster", "Belangrijk", "Gearchiveerd|Alle berichten",
     "Prullenbak", "Spam", "Concepten", "Verzonden|Verzonden berichten", "Categorie:"},
    {"Odebrane", "Nieprzeczytane", "Otwarte", "Oznaczone gwiazdką", "Ważne", "Zarchiwizowane|Wszystkie",
     "Kosz", "Spam", "Wersje robocze|Robocze", "Wysłane", "Kategoria:"},
    {"Входящие", "Непрочитанные", "Открытые|Открыто", "Помеченные", "Важное|Важные",
     "Архив|Архивированные|Вся почта", "Корзина", "Спам", "Черновики", "Отправленные", "Категория"},
    {"Gelen Kutusu", "Okunmamış|Okunmadı", "Açılmış|Açıldı", "Yıldızlı", "Önemli", "Arşivlenmiş|Tüm Postalar",
     "Çöp Kutusu", "Spam", "Taslaklar", "Gönderilmiş Postalar|Gönderilenler", "Kategori"},
    {"受信トレイ", "未読", "開封済み|開封", "スター付き", "重要", "アーカイブ済み|すべてのメール", "ゴミ箱",
     "迷惑メール", "下書き", "送信済み|送信済みメール", "カテゴリ"},
    {"收件箱", "未读|未读邮件", "已打开|已读", "已加星标", "重要", "已归档|所有邮件", "已删除邮件|垃圾箱",
     "垃圾邮件", "草稿", "已发送|已发邮件", "类别"},
    {"收件匣", "未讀|未讀取", "已開啟|已讀", "已加星號", "重要|重要郵件", "已封存|所有郵件", "垃圾桶",
     "垃圾郵件", "草稿", "寄件備份|已傳送", "類別"},
    {"받은편지함", "읽지않음|읽지 않음", "열림|읽음", "별표편지함|별표", "중요|중요편지함",
     "보관됨|전체보관함", "휴지통", "스팸함|스팸", "임시보관함", "보낸편지함", "카테고리"},
    {"البريد الوارد|الوارد", "غير مقروءة|غير مقروء", "مفتوح|مفتوحة", "مميّزة بنجمة|المميزة بنجمة", "مهم|مهمة",
     "مؤرشف|كل البريد", "المهملات", "الرسائل غير المرغوب فيها|غير مرغوب فيه", "مسودات|المسودات",
     "المرسلة|البريد المرسل", "الفئة"},
}};

/// One of the words of a cell in the table.
bool is_word(std::string_view words, std::string_view label)
{
    while (!words.empty()) {
        const std::string_view word = words.substr(0, words.find('|'));
        words.remove_prefix(std::min(word.size() + 1, words.size()));
        if (word == label) return true;
    }
    return false;
}

bool is_gmails(const gmail_language& language, std::string_view label)
{
    const std::array cells = {language.inbox,     language.unread,   language.opened, language.starred,
                              language.important, language.archived, language.trash,  language.spam,
                              language.drafts,    language.sent};
    return label.starts_with(language.category) ||
           std::ranges::any_of(cells, [&](std::string_view words) { return is_word(words, label); });
}

/// Keywords that an IMAP client had set: no folders.
bool is_keyword(std::string_view label)
{
    return label.starts_with("IMAP_");
}

/// That of which most of the labels are Gmail's own; the first of several.
const gmail_language& language_of(const std::vector<std::string>& labels)
{
    const auto known = [&](const gmail_language& language) {
        return std::ranges::count_if(labels,
                                     [&](const std::string& label) { return is_gmails(language, label); });
    };
    return *std::ranges::max_element(languages, {}, known);
}

/// Up to a comma, quotes taken off; two quotes inside of quotes are one.
std::string take_label(std::string_view& rest)
{
    std::string label;
    bool quoted = false;
    while (!rest.empty() && (quoted || rest.front() != ',')) {
        const char octet = rest.front();
        rest.remove_prefix(1);
        if (octet != '"')
            label += octet;
        else if (quoted && rest.starts_with('"')) {
            label += octet;
            rest.remove_prefix(1);
        } else
            quoted = !quoted;
    }
    rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
    const std::size_t begin = label.find_first_not_of(' ');
    return begin == std::string::npos ? std::string()
                                      : label.substr(begin, label.find_last_not_of(' ') + 1 - begin);
}

} // namespace

std::vector<std::string> gmail_labels_in(std::string_view value)
{
    // Encoded-words are decoded as in any unstructured field.
    const std::string decoded = mail::mime::read("Subject: " + std::string(value) + "\r\n\r\n").subject;
    std::vector<std::string> labels;
    for (std::string_view rest = decoded; !rest.empty();)
        if (std::string label = take_label(rest); !label.empty()) labels.push_back(std::move(label));
    return labels;
}

gmail_told read_gmail_labels(std::string_view value)
{
    const std::vector<std::string> labels = gmail_labels_in(value);
    const gmail_language& language = language_of(labels);
    const auto has = [&](std::string_view words) {
        return std::ranges::any_of(labels, [&](const std::string& label) { return is_word(words, label); });
    };
    std::vector<std::string> own;
    bool tells_language = false;
    for (const std::string& label : labels) {
        tells_language |= is_gmails(language, label) && !is_word(language.spam, label) &&
                          !is_word(language.important, label) && !is_word(language.inbox, label);
        if (!is_gmails(language, label) && !is_keyword(label)) own.push_back(label);
    }
    gmail_told out;
    // "Spam", "Important" and "Inbox" stand in other languages, too: beside an unknown label that may mean "unread".
    tells_language |= own.empty() && std::ranges::any_of(labels, [&](const std::string& label) {
                          return is_gmails(language, label);
                      });
    out.marks.seen =
        !has(language.unread) && (has(language.opened) || (tells_language && language.unread_is_certain));
    out.marks.flagged = has(language.starred);
    out.marks.draft = has(language.drafts);
    out.marks.forwarded = std::ranges::find(labels, "IMAP_$Forwarded") != labels.end();
    out.deleted = has(language.trash);
    // The first of these that a message has says most about it.
    const std::string_view known = out.deleted            ? deleted_folder
                                   : has(language.spam)   ? "Spam"
                                   : has(language.drafts) ? "Drafts"
                                   : has(language.sent)   ? "Sent"
                                                          : "";
    // The user's own labels may have names that no folder can have.
    out.folder = !known.empty() ? std::string(known)
                 : own.empty()  ? std::string()
                                : store::writable_folder(own.front());
    out.more_labels = own.size() > (known.empty() ? 1U : 0U);
    return out;
}

} // namespace exchange
