namespace Rollcall.Fuzz.Tests;

/// <summary>Does what the test says, on the corpus of a small target.</summary>
internal sealed class StubTarget(Func<byte[], int> run) : IFuzzTarget
{
    public string Name => "timeout";

    public IReadOnlyList<string> Tokens => ["token"];

    public int Run(byte[] input) => run(input);
}
