namespace Rollcall.Agent.Go;

/// <summary>What a JSON value is, in the words Go's errors use.</summary>
internal enum GoKind
{
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}
