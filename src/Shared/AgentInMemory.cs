namespace Rollcall.Hosts;

/// <summary>
/// The host in the address of an agent of a test that has no port: no name server has it (RFC 6761 6.4), and it stands for this process. Compiled into the project that makes
/// such agents and the one that asks whether an agent is on this machine.
/// </summary>
internal static class AgentInMemory
{
    public const string Host = "agent.invalid";
}
