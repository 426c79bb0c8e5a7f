using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Rollcall.Cli;

/// <summary>The parser's help, followed by the details of a <see cref="DetailedCommand"/>.</summary>
internal sealed class DetailedHelp(SynchronousCommandLineAction standard) : SynchronousCommandLineAction
{
    public static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();

        // /h and /? may be a key or a value.
        help.Aliases.Remove("/h");
        help.Aliases.Remove("/?");
        help.Action = new DetailedHelp((SynchronousCommandLineAction)help.Action!);
    }

    // Who asks for help is not told what else is missing.
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var code = standard.Invoke(parseResult);
        if (parseResult.CommandResult.Command is DetailedCommand command)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(command.Details);
        }

        return code;
    }
}
