#pragma once
// Which of several processes this one is, as their launcher says by environment variables, and where they
// meet.
//
//   Launch launch = launch_of(this_environment());
//   if (launch.world_size > 1) join(launch.address, launch.port);
//
//   launcher            rank                    processes               place on its machine
//   torchrun, by hand   RANK                    WORLD_SIZE              LOCAL_RANK
//   Open MPI's mpirun   OMPI_COMM_WORLD_RANK    OMPI_COMM_WORLD_SIZE    OMPI_COMM_WORLD_LOCAL_RANK
//   MPICH, Intel MPI    PMI_RANK                PMI_SIZE                MPI_LOCALRANKID
//   Slurm's srun        SLURM_PROCID            SLURM_NTASKS            SLURM_LOCALID
//
// The first line that is there counts. A lower one that tells another rank in a world of the same size is
// refused, but under torchrun, which numbers its ranks as it likes. Of a step of srun, SLURM_STEP_NUM_TASKS
// counts before SLURM_NTASKS, which may be the job's. Slurm tells a rank to the shell of a job, too, which
// nobody launched: without srun's SLURM_STEP_ID and without MASTER_ADDR that is one process. An empty
// variable is none.
//
// All of them meet at MASTER_ADDR and MASTER_PORT, which torchrun sets and a job's script has to set for the
// others.

#include <map>
#include <string>

namespace zoetrope {

using Environment = std::map<std::string, std::string>;
[[nodiscard]] Environment this_environment();

struct Launch {
  int rank = 0;
  int world_size = 1;
  int local_rank = -1;       ///< among the processes of its machine; -1: nobody said
  std::string address = {};  ///< of the machine of rank 0
  int port = 0;
  bool has_store = false;  ///< torchrun itself listens at address and port (TORCHELASTIC_USE_AGENT_STORE)
  int attempt = 0;         ///< how often torchrun has started these processes anew
};

/// Rank and number of processes alone, for work that is shared out but needs no talk. One process where no
/// variable says otherwise. Throws Error (kUsage) that names the variable that is missing, no number, or
/// contradicts another.
[[nodiscard]] Launch rank_of(const Environment& environment);

/// All of it; the meeting point only of more than one process. Throws Error (kUsage) as above.
[[nodiscard]] Launch launch_of(const Environment& environment);

}  // namespace zoetrope
