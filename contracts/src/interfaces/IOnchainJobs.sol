// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ResultStatus} from "./IOnchainClient.sol";
import {Deal, DealStatus, Result} from "./Types.sol";

/// @notice What a request wants to be told of the result, beside its CID.
enum ResultKind {
    Cid,
    ExitCode,
    Stdout
}

/// @notice A value for one of the module's inputs, as text.
struct Input {
    string name;
    string value;
}

/// @notice A request. Never stored, so its fields stand in the order of their meaning: its hash is its id, and every later
///   call presents it again.
// solhint-disable-next-line gas-struct-packing
struct Order {
    address client; // filled in: who asked, is called back, and has what is left of the money
    uint64 nonce; // filled in: makes equal orders different requests
    uint64 from; // filled in: the block of the request
    bytes32 spec; // filled in: sha-256 digest of the job's CID
    bytes32 module; // sha-256 digest of the module's CID
    uint96 price; // most that the job may cost, wei
    uint32 ramp; // blocks over which the offered price climbs from 0 to `price`; 0 = at once
    uint64 expiry; // last block in which a provider may take it
    uint16 collateralTimes; // the provider's collateral, in prices
    uint96 seatFee; // per mediator seat
    uint32 runTime; // seconds, from taking to handing in
    uint32 window; // seconds for a challenge
    uint8 seats; // first committee of a dispute
    uint8 rounds; // committees at most
    uint96 reward; // for whoever delivers; once more for whoever asks for the check
    bool isChecked; // no result is accepted without a committee; its budget is paid by the request
    bool isPublished; // the registry knows the module: its author has a fee
    ResultKind kind;
    uint32 dataLimit; // longest `data`, bytes
    uint32 callbackGas; // for the client's function
}

/// @notice How a deal ended, as a delivery tells it; the Market's word of the deal proves it.
struct Ending {
    bytes32 digest; // of the result; 0 where there is none
    uint256 toCreator; // what the deal credited to its creator, wei
    Result result; // whose digest it is
    bytes32 salt; // that blinded it, when it is opened here
    bytes directory; // the block of the result's directory, where the request wants a file of it
    bytes file; // that file
}

/// @title Jobs for contracts
/// @notice A contract asks for a module to be run and is called back. Any provider may take a request, at the terms of the
///   request: this contract is then the creator of their deal. A deal like that pays for what is delivered here, or for
///   what a committee upholds.
///
///   request -> take -> (Market.submit) -> [check] -> deliver;   request -> refund
/// @dev No owner, no daemon: every step is open to anybody. The money is in the Market's ledger.
interface IOnchainJobs {
    /// @notice A contract asks for a job.
    event Requested(bytes32 indexed id, address indexed client, Order order, Input[] inputs);
    /// @notice A request is over. `refunded` wei were credited to its client; `called` is false when its function failed.
    /// @param ending of the deal; None when nobody took the request
    event Closed(bytes32 indexed id, DealStatus ending, ResultStatus status, uint256 refunded, bool called);

    error OrderTerms(bytes32 field, uint256 found, uint256 limit);
    error OrderValue(uint256 found, uint256 expected);
    error OrderInputs(uint256 index);
    error OrderUnexpectedState(bytes32 id, OrderState current, OrderState expected);
    error OrderNotYet(bytes32 id, uint256 found, uint256 after_);
    error OrderExpired(bytes32 id, uint256 blockNumber, uint256 expiry);
    error OrderDealTerms(bytes32 field, uint256 found, uint256 expected);
    error OrderOtherDeal(bytes32 id, bytes32 deal);
    /// @dev Of `check`: nobody paid for one. Of `deliver`: nobody asked for the one that was paid for.
    error OrderUnchecked(bytes32 id);
    error DeliveryBadOpening(bytes32 deal, bytes32 found, bytes32 expected);
    error DeliveryBadOutcome(bytes32 deal, bytes32 found, bytes32 expected);
    error DeliveryNotOver(bytes32 deal, DealStatus status);
    error DeliveryBadFile(bytes32 found, bytes32 expected);
    error DeliveryGas(uint256 found, uint256 needed);

    /// @notice Where a request stands; Unknown also when it is over.
    /// - Open: any provider may take it
    /// - Taken: it is a deal
    /// - Checked: it is a deal, and a committee was asked for
    enum OrderState {
        Unknown,
        Open,
        Taken,
        Checked
    }

    /// @notice Asks for a job. Costs `priceOf(order)`, exactly.
    /// @param order its first four fields are filled in
    /// @param inputs sorted by the length of the name, then by its bytes; names of at most 32 bytes
    /// @return id under which the client is called back
    function request(Order memory order, Input[] calldata inputs) external payable returns (bytes32 id);

    /// @notice A provider takes a request: commits the deal that it signed. By block `expiry`.
    /// @param deal with this contract as its creator, the request's id as its job offer, and the request's terms
    /// @param providerSig over the deal's id
    function take(Order calldata order, Deal calldata deal, bytes calldata providerSig)
        external
        returns (bytes32 dealId);

    /// @notice Asks for the committee that the request paid for, without which no result of it is accepted. Anyone, while the Market takes challenges; earns `reward`.
    function check(Order calldata order, Deal calldata deal) external;

    /// @notice Ends a request whose deal has ended, or can end by this call, and calls the client. Anyone; earns `reward`.
    /// @dev A committed deal is timed out, a submitted one is accepted when the result opens its commitment after the window,
    ///   or settled when nobody opened it after two.
    function deliver(Order calldata order, Deal calldata deal, Ending calldata ending) external;

    /// @notice Gives the money of a request back that nobody took. Anyone after block `expiry`, earning `reward`; the client
    ///   at any time.
    function refund(Order calldata order) external;

    /// @notice ERC-1271: approves the deal that is being taken, and nothing else at any other time.
    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4);

    /// @notice What a request must be sent with, wei: price, rewards, and the budget of its check.
    function priceOf(Order calldata order) external pure returns (uint256);

    /// @notice Highest price at which a request may be taken in this block, wei.
    function offered(Order calldata order) external view returns (uint256);

    /// @notice The id of a request whose fields are all filled in.
    /// @dev Copies the calldata as it is, which is `abi.encode` for a struct of words: dirty upper bits give an id that no
    ///   request has.
    function idOf(Order calldata order) external pure returns (bytes32);

    /// @notice Where a request stands, and the first 31 bytes of its deal's id.
    function stateOf(bytes32 id) external view returns (OrderState state, bytes31 deal);

    /// @notice The Market whose creator this is.
    function market() external view returns (address);
}
