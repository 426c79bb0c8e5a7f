using System.CommandLine;
using Rollcall.LoadTest.Agents;
using Rollcall.LoadTest.Calls;

var root = new RootCommand("End-to-end load tests, contenders interleaved in one run. Figures are ratios: absolute ones say more of the machine.")
{
    CallsCommand.Create(),
    CallServer.CreateCommand(),
    AgentsCommand.Create(),
    AgentServer.CreateCommand(),
};
return await root.Parse(args).InvokeAsync();
