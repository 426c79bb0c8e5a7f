namespace Rollcall.Cli.Tests;

public sealed class ArgumentNormalizerTests
{
    [Theory]
    [InlineData("register -name web", "register --name web")]
    [InlineData("register -name=web -port=80", "register --name=web --port=80")]
    [InlineData("register --name web", "register --name web")]
    [InlineData("members -help", "members --help")]
    [InlineData("-version", "--version")]
    [InlineData("members -h", "members -h")]
    [InlineData("kv put k -", "kv put k -")]
    [InlineData("kv put k -5", "kv put k -5")]
    [InlineData("kv put k -foo", "kv put k -foo")]
    [InlineData("kv put -- k -name", "kv put -- k -name")]
    [InlineData("kv put k a=-name", "kv put k a=-name")]
    [InlineData("kv delete -recurse a", "kv delete --recurse a")]
    [InlineData("kv delete -recurse=1 a", "kv delete --recurse=true a")]
    [InlineData("agent --dev=F -node=F -dev=x", "agent --dev=false --node=F --dev=x")]
    [InlineData("kv put -- k -recurse=1", "kv put -- k -recurse=1")]
    [InlineData("agent -node= -dev", "agent --node  --dev")]
    [InlineData("", "")]
    public async Task SingleDash_BecomesDoubleDash_WhereAnOptionIsMeant(string given, string expected)
    {
        await using var output = new StringWriter();
        var root = CommandLine.Create(new Terminal
        {
            Output = output,
            Error = output,
            OpenInput = static () => Stream.Null,
            OpenOutput = static () => Stream.Null,
            ReadVariable = static _ => null,
            IsInteractive = false,
        });
        Assert.Equal(expected, string.Join(' ', ArgumentNormalizer.Normalize(root, given.Split(' '))));
    }
}
