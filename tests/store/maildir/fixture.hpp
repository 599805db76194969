// A Maildir store on a simulated disk, and other programs' files beside it.
#pragma once

#include "mail/line_ends.hpp"
#include "store/maildir/maildir_store.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_log.hpp"
#include "support/seeded_random.hpp"
#include "support/simulated_disk.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

class maildir_test : public testing::Test {
protected:
    maildir_test()
    {
        if (!store::maildir_store::initialise_root(disk_, "/mail")) throw std::runtime_error("no root");
        restart();
        open(); // makes the maildrop
        clock_.advance(std::chrono::minutes(1));
    }

    void restart()
    {
        store_.reset();
        store_ =
            std::make_unique<store::maildir_store>(disk_, "/mail", clock_, random_, log_, "host.example.org");
    }

    std::unique_ptr<store::blocking_maildrop> open(const store::maildrop_policy& policy = {})
    {
        auto opened = store_->open_maildrop({"ann"}, policy);
        if (!opened) throw std::runtime_error(opened.error().operator_text);
        return std::move(*opened);
    }

    std::vector<std::string> unique_ids()
    {
        const auto session = open();
        std::vector<std::string> out;
        for (std::size_t i = 0; i < session->listing()->size(); ++i)
            out.emplace_back(session->listing()->unique_id(i));
        return out;
    }

    static std::string canonical(store::stored_message& message)
    {
        std::string stored(message.stored_octets(), '\0');
        std::size_t done = 0;
        while (done < stored.size()) done += message.read(std::span(stored).subspan(done), done).value();
        if (message.form() == mail::form::as_received) return stored;
        std::string out;
        mail::to_crlf to_crlf;
        to_crlf.convert(stored, out);
        return out;
    }

    /// What RETR sends, without the byte-stuffing.
    static std::string wire(store::stored_message& message)
    {
        std::string out = canonical(message);
        if (!out.empty() && !out.ends_with("\r\n")) out += "\r\n";
        return out;
    }

    std::string deliver(std::string_view body)
    {
        const std::vector<store::delivery_recipient> to{{{"ann"}, {}, ""}};
        auto begun = store_->begin_delivery(to, std::nullopt).value();
        begun->write(body).value();
        return begun->commit().front().value();
    }

    void plant(const std::string& name, const std::string& contents)
    {
        disk_.plant_file("/mail/ann/" + name, contents);
    }
    /// Time enough that the directories' time stamps are trusted.
    void settle() { clock_.advance(std::chrono::seconds(10)); }

    support::manual_clock clock_;
    support::seeded_random random_;
    support::memory_log log_;
    support::simulated_disk disk_{clock_};
    std::unique_ptr<store::maildir_store> store_;
};
