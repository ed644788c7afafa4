#include "lists/descriptor.hpp"

#include <unistd.h>

namespace badclients::lists {

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

}  // namespace badclients::lists
