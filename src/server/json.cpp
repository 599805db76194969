// Boost.JSON, compiled once: status and the admin socket speak it.
#include <boost/json/src.hpp>
