using System.CommandLine;
using Rollcall.LoadTest.Agents;
using Rollcall.LoadTest.Calls;
using Rollcall.LoadTest.Crashes;
using Rollcall.LoadTest.Disks;
using Rollcall.LoadTest.Faults;
using Rollcall.LoadTest.Outages;
using Rollcall.LoadTest.Queries;
using Rollcall.LoadTest.Restarts;
using Rollcall.LoadTest.Picks;
using Rollcall.LoadTest.Simulation;
using Rollcall.LoadTest.Soak;
using Rollcall.LoadTest.Watches;

var root = new RootCommand("End-to-end load and outage tests. Figures are ratios of contenders interleaved in one run: absolute ones say more of the machine.")
{
    CallsCommand.Create(),
    CallServer.CreateCommand(),
    AgentsCommand.Create(),
    AgentServer.CreateCommand(),
    CrashCommand.Create(),
    DiskCommand.Create(),
    OutageCommand.Create(),
    RestartsCommand.Create(),
    FaultsCommand.Create(),
    FaultyServer.CreateCommand(),
    PicksCommand.Create(),
    QueriesCommand.Create(),
    WatchesCommand.Create(),
    SimulateCommand.Create(),
    SoakCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
