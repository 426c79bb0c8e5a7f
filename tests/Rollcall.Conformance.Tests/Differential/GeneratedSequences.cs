using System.Globalization;

namespace Rollcall.Conformance.Tests.Differential;

/// <summary>How many sequences are generated: <c>ROLLCALL_SEQUENCES</c> says it; without it a test has a few of its own.</summary>
internal static class GeneratedSequences
{
    private static readonly string? s_asked = Environment.GetEnvironmentVariable("ROLLCALL_SEQUENCES");

    public static int Count(int usual) => s_asked is null ? usual : int.Parse(s_asked, CultureInfo.InvariantCulture);
}
