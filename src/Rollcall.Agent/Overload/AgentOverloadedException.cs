namespace Rollcall.Agent.Overload;

/// <summary>A request is not taken on: 429 if its client has more than its share, otherwise 503. Text is for the client.</summary>
internal sealed class AgentOverloadedException(RefusalReason reason) : Exception(Refusal.Text(reason))
{
    public int Status { get; } = Refusal.Status(reason);
}
