// Every transcript as a case of its own.
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <string>

namespace transcripts {

inline const std::filesystem::path cases_folder =
    std::filesystem::path(RESTANTE_SOURCE_DIR) / "tests" / "transcripts";

inline std::string case_name(const testing::TestParamInfo<std::filesystem::path>& info)
{
    std::string out = info.param.lexically_relative(cases_folder).replace_extension().string();
    for (char& c : out)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    return out;
}

} // namespace transcripts
