import CLibgit2
import Subprocess
