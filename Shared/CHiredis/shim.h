// Only the reply parser is used: sockets belong to SwiftNIO.
#include <stddef.h>
#include <hiredis/read.h>
