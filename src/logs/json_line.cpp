#include "logs/json_line.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>

namespace badclients::logs {

namespace {

using Use = std::function<void(std::string_view, const std::string*)>;

/// Hears the parser's events: a million lines build no trees.
class Handler : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Handler(const Use& use) : use_(use) {}

  bool null() override { return tell(nullptr); }
  bool boolean(bool value) override { return tell(value ? "True" : "False"); }
  bool number_integer(number_integer_t value) override { return tell(fmt::format("{}", value)); }
  bool number_unsigned(number_unsigned_t value) override { return tell(fmt::format("{}", value)); }
  bool number_float(number_float_t value, const string_t&) override {
    return tell(fmt::format("{}", value));
  }
  bool string(string_t& value) override { return tell(&value); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    if (objects_ == 0 && lists_ != 0) return false;
    ++objects_;
    return true;
  }
  bool key(string_t& name) override {
    if (objects_ == 1) name_ = name;
    return true;
  }
  bool end_object() override {
    --objects_;
    return true;
  }
  bool start_array(std::size_t) override {
    ++lists_;
    return objects_ > 0;
  }
  bool end_array() override {
    --lists_;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  bool tell(const std::string& value) { return tell(&value); }
  bool tell(const std::string* value) {
    if (objects_ == 0) return false;
    if (objects_ == 1 && lists_ <= 1) use_(name_, value);
    return true;
  }

  const Use& use_;
  std::string name_;
  int objects_ = 0, lists_ = 0;
};

}  // namespace

bool read_json_line(std::string_view text, const Use& use) {
  Handler handler{use};
  return nlohmann::json::sax_parse(text.begin(), text.end(), &handler);
}

}  // namespace badclients::logs
