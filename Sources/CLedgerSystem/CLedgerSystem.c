#include "CLedgerSystem.h"
