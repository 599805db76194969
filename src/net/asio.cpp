// Asio's own code, compiled once for the whole programme.
#include <boost/asio/impl/src.hpp>
