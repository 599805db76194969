// The words of a date, of many languages.
#pragma once

#include <string>
#include <string_view>

namespace mail::mime {

/// A date as it can be read word by word: lower case, accents off, digits and signs of ASCII for those of other
/// scripts, "am" and "pm" for all their forms; of the dates of East Asia `year_sign` and so on for their signs. Octets
/// that are no UTF-8 are Latin-1.
std::string plain_date(std::string_view value);

/// What plain_date() writes for 年, 月, 日, 時, 分, 秒 and the signs of Korean: there is no other upper case in it.
constexpr char year_sign = 'Y', month_sign = 'M', day_sign = 'D', hour_sign = 'H', minute_sign = 'I',
               second_sign = 'S';

/// The month (1 to 12) that a word of plain_date() names, or 0.
int month_of(std::string_view word);

} // namespace mail::mime
