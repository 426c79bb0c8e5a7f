namespace Rollcall.LoadTest.Agents;

/// <summary>How much is measured.</summary>
/// <param name="Turn">Length of one agent's turn.</param>
/// <param name="Rounds">Turns of each.</param>
/// <param name="Warmup">Before the turns of a scenario.</param>
/// <param name="Only">Beginnings of the names of the scenarios that are run; empty: all.</param>
/// <param name="Scale">Fraction of the watchers and instances of the large scenarios.</param>
/// <param name="Published">Path of the published command; null: it is not measured.</param>
internal sealed record AgentPlan(TimeSpan Turn, int Rounds, TimeSpan Warmup, IReadOnlyList<string> Only, double Scale, string? Published)
{
    public bool Wants(string scenario) => Only.Count == 0 || Only.Any(beginning => scenario.StartsWith(beginning, StringComparison.OrdinalIgnoreCase));

    public int Scaled(int count) => Math.Max(10, (int)(count * Scale));
}
