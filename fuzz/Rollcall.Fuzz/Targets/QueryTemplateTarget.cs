using System.Text;
using Rollcall.Agent.Queries;

namespace Rollcall.Fuzz.Targets;

/// <summary>Texts of prepared query templates.</summary>
internal sealed class QueryTemplateTarget : IFuzzTarget
{
    private static readonly TemplateScope s_scope = new("web-1", "web-", ["web-1", "1"]);

    public string Name => "query-template";

    public IReadOnlyList<string> Tokens =>
        ["${", "$${", "}", "\"", "\\", "name.full", "name.suffix", "match(", "(", ")", ",", "+", "-", "*", "/", "%", "0", "1", "9223372036854775807", " ", "\n"];

    public int Run(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (TemplateText.Parse(text) is not { } template)
        {
            BrokenInvariantException.Unless(text.Contains("${", StringComparison.Ordinal), "plain text is always well formed");
            return -1;
        }

        var fault = "";
        var value = template.Evaluate(s_scope, ref fault);
        BrokenInvariantException.Unless((value is null) == (fault.Length > 0), "there is a value or a fault");
        BrokenInvariantException.Unless(
            value == text.Replace("$$", "$", StringComparison.Ordinal) || text.Contains("${", StringComparison.Ordinal), "plain text stands for itself, and two dollars for one");
        return value is null ? fault.Length : 100 + Math.Min(value.Length, 20);
    }
}
