#pragma once

// What every unit test includes, compiled once.
#include "catch.hpp"
