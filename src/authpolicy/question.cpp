#include "authpolicy/question.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/utf8.hpp"

namespace badclients::authpolicy {

namespace {

using nlohmann::json;

struct Field {
  std::string_view name;
  std::string door::Told::*value;
};
constexpr std::array<Field, 6> fields{{{"login", &door::Told::user},
                                       {"remote", &door::Told::address},
                                       {"protocol", &door::Told::service},
                                       {"device_id", &door::Told::client_id},
                                       {"session_id", &door::Told::session},
                                       {"master", &door::Told::master}}};

/// `text` with U+FFFD for each byte that is no UTF-8.
std::string as_utf8(std::string_view text) {
  if (base::is_utf8(text)) return std::string(text);
  std::string result;
  while (!text.empty()) {
    const auto length = base::first_character(text).length;
    result += length == 0 ? "\xef\xbf\xbd" : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

/// Hears the parts of a JSON text.
class Listener : public nlohmann::json_sax<json> {
 public:
  door::Told told;
  std::string trouble;  ///< why it is no question; empty: it is one

  bool null() override { return other_value("null"); }
  bool boolean(bool) override { return other_value("a boolean"); }
  bool number_integer(number_integer_t) override { return other_value("a number"); }
  bool number_unsigned(number_unsigned_t) override { return other_value("a number"); }
  bool number_float(number_float_t, const string_t&) override { return other_value("a number"); }
  bool binary(binary_t&) override { return other_value("binary"); }
  bool start_array(std::size_t) override { return other_value("an array") && descend(); }
  bool end_array() override { return ascend(); }
  bool end_object() override { return ascend(); }

  bool start_object(std::size_t) override {
    return (depth_ == 0 || other_value("an object")) && descend();
  }

  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    field_ = fields.size();
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields.at(i).name == name) field_ = i;
    }
    if (field_ == fields.size()) return true;
    if (std::exchange(seen_.at(field_), true)) {
      return fail(fmt::format("{} is there twice", fields.at(field_).name));
    }
    return true;
  }

  bool string(string_t& value) override {
    if (!counts()) return depth_ != 0 || other_value("a string");
    const auto& field = fields.at(field_);
    if (value.find('\0') != string_t::npos) return fail(fmt::format("{} has a NUL", field.name));
    told.*field.value = std::move(value);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    constexpr int out_of_range = 406;  // the library reads no such number, wherever it stands
    if (error.id == out_of_range)
      return fail(fmt::format("a number is too large for a double (byte {})", position));
    return fail(fmt::format("the body is no JSON (byte {})", position));
  }

 private:
  [[nodiscard]] bool counts() const { return depth_ == 1 && field_ < fields.size(); }
  bool fail(std::string why) {
    trouble = std::move(why);
    return false;
  }
  /// A value that is no string.
  bool other_value(const char* what) {
    if (depth_ == 0) return fail(fmt::format("the body is {}, not an object", what));
    if (!counts()) return true;
    return fail(fmt::format("{} is {}, not a string", fields.at(field_).name, what));
  }
  bool descend() {
    ++depth_;
    return true;
  }
  bool ascend() {
    --depth_;
    return true;
  }

  std::size_t depth_ = 0;
  std::size_t field_ = fields.size();  ///< whose value comes, at depth 1
  std::array<bool, fields.size()> seen_{};
};

}  // namespace

tl::expected<door::Told, std::string> read_question(std::string_view body) {
  // nlohmann takes a NUL for the end of the text.
  if (const auto nul = body.find('\0'); nul != std::string_view::npos) {
    return tl::unexpected(fmt::format("the body is no JSON (byte {})", nul + 1));
  }
  Listener listener;
  const auto text = as_utf8(body);
  if (!json::sax_parse(text, &listener)) {
    return tl::unexpected(listener.trouble.empty() ? "the body is no JSON" : listener.trouble);
  }
  auto& told = listener.told;
  if (told.user.empty()) return tl::unexpected(std::string("there is no login"));
  // Cut, not refused: Dovecot lets in at 400, so a user whom a list refuses could send a long name.
  for (auto* const text_of : {&told.user, &told.client_id, &told.session, &told.master}) {
    if (text_of->size() > door::most_told) text_of->resize(door::most_told);
  }
  return std::move(told);
}

}  // namespace badclients::authpolicy
