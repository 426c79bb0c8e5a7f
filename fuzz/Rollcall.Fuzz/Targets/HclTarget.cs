using System.Text;
using Rollcall.Agent.Hcl;
using Rollcall.Agent.Http.Decoding;

namespace Rollcall.Fuzz.Targets;

/// <summary>HCL: configuration files, and the access rules that clients send.</summary>
internal sealed class HclTarget : IFuzzTarget
{
    public string Name => "hcl";

    public IReadOnlyList<string> Tokens { get; } =
    [
        "{", "}", "[", "]", "=", ",", "\"", "\\", "#", "//", "/*", "*/", "<<EOF\n", "<<-EOF\n", "\nEOF\n", "${", "true", "false", "0x1f", "-1", "1.5e3", "\\u0041", "\\U0001f600", "a = ", "a {",
        "key \"\" {", "policy = \"read\"", "key_prefix \"a/\" {", "\n", " ",
    ];

    public int Run(byte[] input)
    {
        if (HclReader.Read(Encoding.UTF8.GetString(input), out var error) is not { } value)
        {
            BrokenInvariantException.Unless(error.StartsWith("At ", StringComparison.Ordinal), "a fault has a place");
            return -1 - (error.Length % 64);
        }

        BrokenInvariantException.Unless(value.Kind == GoKind.Object, "a text is one object");
        return Count(value);
    }

    private static int Count(GoValue value) => 1 + (int)value.Kind + value.Items.Sum(Count) + value.Members.Sum(static member => Count(member.Value));
}
