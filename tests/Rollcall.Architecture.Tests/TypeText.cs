using System.Reflection;

namespace Rollcall.Architecture.Tests;

/// <summary>Types as C# writes them, without namespaces, with the question marks of nullable references.</summary>
internal static class TypeText
{
    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(char)] = "char",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
    };

    public static string Of(Type type, NullabilityInfo? nullability = null)
    {
        if (type.IsByRef)
        {
            return Of(type.GetElementType()!, nullability);
        }

        var mark = !type.IsValueType && nullability?.ReadState == NullabilityState.Nullable ? "?" : "";
        if (s_keywords.TryGetValue(type, out var keyword))
        {
            return keyword + mark;
        }

        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!, nullability?.ElementType)}[{new string(',', type.GetArrayRank() - 1)}]{mark}";
        }

        // Reflection calls every parameter without a constraint nullable.
        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return Of(value, Argument(nullability, 0)) + "?";
        }

        return Qualified(type, type.GetGenericArguments(), nullability) + mark;
    }

    /// <summary>The name of a declaration, with its own parameters.</summary>
    public static string Own(Type type)
    {
        var name = Plain(type);
        var own = type.GetGenericArguments().Skip(type.DeclaringType?.GetGenericArguments().Length ?? 0).Select(t => t.Name).ToList();
        return own.Count == 0 ? name : $"{name}<{string.Join(", ", own)}>";
    }

    public static string Constraints(Type[] parameters) =>
        string.Concat(parameters.Where(t => t.IsGenericParameter).Select(Constraint));

    private static string Constraint(Type parameter)
    {
        var attributes = parameter.GenericParameterAttributes;
        var parts = new List<string>();
        if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
        {
            parts.Add("class");
        }

        if (attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
        {
            parts.Add("struct");
        }
        else if (attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint))
        {
            parts.Add("new()");
        }

        parts.AddRange(parameter.GetGenericParameterConstraints().Where(t => t != typeof(ValueType)).Select(t => Of(t)));
        return parts.Count == 0 ? "" : $" where {parameter.Name} : {string.Join(", ", parts)}";
    }

    private static string Qualified(Type type, Type[] arguments, NullabilityInfo? nullability)
    {
        var inherited = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        var outer = type.DeclaringType is { } declaring ? Qualified(declaring, arguments[..inherited], nullability) + "." : "";
        var own = arguments.Skip(inherited).Select((t, i) => Of(t, Argument(nullability, inherited + i))).ToList();
        return outer + Plain(type) + (own.Count == 0 ? "" : $"<{string.Join(", ", own)}>");
    }

    private static string Plain(Type type) => type.Name.Split('`')[0];

    private static NullabilityInfo? Argument(NullabilityInfo? nullability, int index) =>
        nullability is not null && index < nullability.GenericTypeArguments.Length ? nullability.GenericTypeArguments[index] : null;
}
