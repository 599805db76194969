// A table of words, and which language a message's labels are in.
#include "exchange/gmail_labels.hpp"

#include "exchange/mbox_marks.hpp"
#include "mail/mime/reading.hpp"
#include "store/writable_folder.hpp"

#include <algorithm>
#include <array>

namespace exchange {

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

bool is_gmails(const gmail_language& in, std::string_view label)
{
    const std::array cells = {in.inbox,    in.unread, in.opened, in.starred, in.important,
                              in.archived, in.trash,  in.spam,   in.drafts,  in.sent};
    return label.starts_with(in.category) ||
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
    const auto known = [&](const gmail_language& one) {
        return std::ranges::count_if(labels, [&](const std::string& label) { return is_gmails(one, label); });
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
